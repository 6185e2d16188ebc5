// graphql_judge: our reader, limits, rules and coercion without a server around them (tests/judge).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const judgeProgram = process.env.VITRINE_JUDGE ?? fileURLToPath(new URL('../../build/dev/tests/judge/graphql_judge', import.meta.url));
export const hasJudge = existsSync(judgeProgram);

/** {ask(requests), stop()}: answers in the order of the requests, each {stage, errors, variables}. */
export function startJudge(schemaFile) {
  const child = spawn(judgeProgram, [schemaFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  let ended;
  createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', (line) => waiting.shift().resolve(JSON.parse(line)));
  child.on('exit', (code) => {
    ended = new Error(`graphql_judge ended with ${code}`);
    for (const { reject } of waiting.splice(0)) reject(ended);
  });
  child.stdin.on('error', () => {});
  return {
    ask: (requests) =>
      Promise.all(
        requests.map((request) => {
          if (ended) throw ended;
          const body = Buffer.from(JSON.stringify(request));
          child.stdin.write(`${body.length}\n`);
          child.stdin.write(body);
          return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
        }),
      ),
    stop: () => child.stdin.end(),
  };
}
