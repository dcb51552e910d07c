// Checks the workflows (actionlint), the Dockerfile (dockerfile-utils) and the Kubernetes manifests. Prints findings and
// exits 1 when there are any. The manifests become TypeScript that must fit the types of the Kubernetes API: an unknown
// field, a wrong type or a missing required field is a compile error, and it needs no cluster and no schema from the network.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { validate } from 'dockerfile-utils';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
let findings = 0;

function report(file, line, message) {
  findings++;
  console.log(`${relative(root, file)}:${line}: ${message}`);
}

function filesIn(folder, pattern) {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => pattern.test(name)).map((name) => join(path, name)) : [];
}

async function lintWorkflows() {
  const lint = await createLinter();
  for (const file of filesIn('.github/workflows', /\.ya?ml$/))
    for (const { line, message } of lint(readFileSync(file, 'utf8'), file)) {
      // This build of actionlint is older than the runner's image.
      if (!message.startsWith('label "ubuntu-24.04" is unknown')) report(file, line, message);
    }
}

function lintDockerfile() {
  const file = join(root, 'deploy/docker/Dockerfile');
  for (const problem of validate(readFileSync(file, 'utf8'))) report(file, problem.range.start.line + 1, problem.message);
}

// "networking.k8s.io/v1" is in kubernetes-types/networking/v1, and "v1" in kubernetes-types/core/v1.
function typeOf({ apiVersion, kind }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `import('kubernetes-types/${group.split('.')[0]}/${version}').${kind}`;
}

function lintManifests() {
  const origins = new Map();
  // Inside this folder, so that the compiler finds node_modules.
  const work = mkdtempSync(join(here, 'node_modules', '.manifests-'));
  try {
    for (const file of filesIn('deploy/kubernetes', /\.ya?ml$/)) {
      if (file.endsWith('kustomization.yaml')) continue; // kubectl kustomize reads it
      for (const document of parseAllDocuments(readFileSync(file, 'utf8'), { merge: true })) {
        for (const error of document.errors) report(file, error.linePos?.[0].line ?? 1, error.message);
        const manifest = document.toJS();
        const origin = `${file}\n${manifest.kind}/${manifest.metadata?.name}`;
        const source = join(work, `${origins.size}.ts`);
        origins.set(source, origin);
        writeFileSync(source, `export const manifest: ${typeOf(manifest)} = ${JSON.stringify(manifest, null, 2)};\n`);
      }
    }
    const program = ts.createProgram([...origins.keys()], {
      strict: true, noEmit: true, types: [], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
    });
    for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
      const [file, name] = origins.get(diagnostic.file?.fileName)?.split('\n') ?? [here, 'compiler'];
      const text = diagnostic.file?.text.slice(diagnostic.start, diagnostic.start + 60).split('\n')[0] ?? '';
      report(file, 1, `${name}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')} At: ${text}`);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

await lintWorkflows();
lintDockerfile();
lintManifests();
process.exit(findings > 0 ? 1 : 0);
