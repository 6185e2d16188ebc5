"""The container tools of the distribution, each call with a home of its own and storage of its own; none needs to be root's or to run
anything."""
import os
import shutil
import subprocess
import tempfile
import unittest

import house

PLAIN = "--tls-verify=false"


def needs(*tools):
    missing = [tool for tool in tools if not shutil.which(tool)]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


class ContainerTools:
    """Mixed into a house.Case."""

    def tool(self, *words, code=0, stdin=b""):
        """What it printed; `code`: whether it is to fail (1) or not (0)."""
        env = house.environment({"HOME": self.folder, "TMPDIR": self.folder, "XDG_RUNTIME_DIR": self.folder,
                                 "REGISTRY_AUTH_FILE": self.path("auth.json")})
        done = subprocess.run(words, input=stdin, capture_output=True, timeout=house.PATIENCE, env=env, cwd=self.folder)
        said = f"{words[0]} ended with {done.returncode}: {done.stderr.decode()}{done.stdout.decode()}"
        self.assertEqual(done.returncode != 0, code != 0, f"{said}({' '.join(words)})")
        return done.stdout.decode().strip()

    def storage(self, name):
        return ["--root", self.path(name), "--runroot", os.path.join(self.short_folder(), name), "--storage-driver", "vfs"]

    def short_folder(self):
        """podman refuses a folder for what runs whose path has more than 50 letters, whatever TMPDIR says."""
        if not hasattr(self, "short"):
            self.short = tempfile.mkdtemp(prefix="vt-", dir="/tmp")
            self.addCleanup(shutil.rmtree, self.short)
        return self.short

    def podman(self, *words, home="podman", **more):
        return self.tool("podman", *self.storage(home), "--cgroup-manager", "cgroupfs", "--events-backend", "none", *words, **more)

    def buildah(self, *words, **more):
        return self.tool("buildah", *self.storage("buildah"), *words, **more)

    def trust_everything(self):
        self.write("policy.json", {"default": [{"type": "insecureAcceptAnything"}]})

    def policy(self):
        return f"--signature-policy={self.path('policy.json')}"
