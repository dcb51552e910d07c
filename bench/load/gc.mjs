// Makes a .NET process collect all garbage now: opens a trace session with the runtime's GCHeapCollect keyword, which does
// that, and closes it. The protocol: github.com/dotnet/diagnostics, documentation/design-docs/ipc-protocol.md.
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const u16 = n => { const b = Buffer.alloc(2); b.writeUInt16LE(n); return b; };
const u32 = n => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
const u64 = n => { const b = Buffer.alloc(8); b.writeBigUInt64LE(n); return b; };
const text = s => Buffer.concat([u32(s.length + 1), Buffer.from(s + '\0', 'utf16le')]);
const EVENT_PIPE = 2, COLLECT_TRACING_2 = 3, GC_HEAP_COLLECT = 0x800000n, INFORMATIONAL = 4, NETTRACE = 1;

export function collectGarbage(pid) {
  const payload = Buffer.concat([u32(1), u32(NETTRACE), Buffer.from([0]), u32(1), u64(GC_HEAP_COLLECT), u32(INFORMATIONAL), text('Microsoft-Windows-DotNETRuntime'), u32(0)]);
  const request = Buffer.concat([Buffer.from('DOTNET_IPC_V1\0'), u16(20 + payload.length), Buffer.from([EVENT_PIPE, COLLECT_TRACING_2]), u16(0), payload]);
  const name = readdirSync(tmpdir()).find(f => f.startsWith(`dotnet-diagnostic-${pid}-`));
  if (!name) throw new Error(`process ${pid} has no diagnostic port in ${tmpdir()}`);
  return new Promise((resolve, reject) => {
    const socket = net.connect(join(tmpdir(), name), () => socket.write(request));
    socket.on('error', reject).on('data', () => {}).on('close', resolve);
    setTimeout(() => socket.destroy(), 3000);       // the collection is done long before
  });
}
