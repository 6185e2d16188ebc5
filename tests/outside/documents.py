"""The documents are run: every `$ command` in a ```console block of README and docs, in order, against a
server with demo content; what stands below it must be what is printed ("…" stands for anything)."""
import glob
import os
import re
import subprocess

import house

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def commands_of(path):
    """(command, wanted) pairs."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, wanted = part.partition("\n")
            yield command, wanted.rstrip("\n")


def pattern(wanted):
    return re.compile(".*".join(re.escape(piece) for piece in wanted.split("…")), re.S)


class Documents(house.Case):
    def test_documents_say_what_happens(self):
        server = self.serve("--demo")
        shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 env={**os.environ, "VITRINE_DATA": self.data,
                                      "PATH": os.path.dirname(house.VITRINE) + os.pathsep + os.environ["PATH"]})
        ran = 0
        for path in [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]:
            for command, wanted in commands_of(path):
                with self.subTest(document=os.path.relpath(path, ROOT), command=command):
                    self.assertRegex(self.run_in(shell, command.replace("http://127.0.0.1:8080", server.url)),
                                     re.compile(r"\A" + pattern(wanted).pattern + r"\Z", re.S))
                ran += 1
        shell.stdin.close()
        shell.stdout.close()
        shell.wait(house.PATIENCE)
        self.assertGreater(ran, 4)

    def run_in(self, shell, command):
        """One shell for all, so that what one command sets the next one has."""
        shell.stdin.write(command + "\necho; echo '-- done --'\n")
        shell.stdin.flush()
        printed = ""
        while not printed.endswith("-- done --\n"):
            line = shell.stdout.readline()
            if not line:
                break
            printed += line
        return printed.removesuffix("-- done --\n").strip("\n")


if __name__ == "__main__":
    house.main()
