using System.IO.Compression;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Web.Ingestion;
using Microsoft.AspNetCore.Http;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Bodies with a Content-Encoding: what was packed comes out again, never more than allowed, and damage of any kind
/// is told and costs no memory.</summary>
/// <remarks>The input's header chooses encoding, limit, how often the plain text stands in the body, and the seed of the
/// damage (0: none); the plain text follows. Packing and damaging happen in the check, so that these few bytes repeat it.</remarks>
internal sealed class BodyTarget : IFuzzTarget
{
    private static readonly string[] Encodings = ["", "identity", "gzip", "x-gzip", "br", "deflate", "deflate", "zstd"];
    private static readonly int[] Limits = [16, 1024, 100_000];

    private readonly Mutator _mutator = new([]);
    private readonly Dice _damage = new();
    private readonly BodyMemory _memory = new(new IngestOptions());

    public void Make(Dice dice, List<byte> input)
    {
        input.Add((byte)dice.Below(Encodings.Length));
        input.Add((byte)dice.Below(Limits.Length));
        input.AddRange(BitConverter.GetBytes((ushort)(1 + dice.Skewed(dice.OneIn(64) ? 60_000 : 50))));
        input.AddRange(BitConverter.GetBytes(dice.OneIn(2) ? 0 : dice.Next()));
        for (var length = dice.Skewed(100); length > 0; length--) input.Add(dice.OneIn(2) ? (byte)'x' : (byte)dice.Next());
    }

    public string Check(byte[] input)
    {
        var reader = new ByteReader(input);
        var choice = reader.Byte() % Encodings.Length;
        var limit = Limits[reader.Byte() % Limits.Length];
        var times = Math.Max((ushort)1, reader.UInt16());
        var seed = (ulong)reader.Int64();
        byte[] plain = [.. Enumerable.Repeat(reader.Left.ToArray(), times).SelectMany(part => part).Take(1_000_000)];
        var packed = Damage(Pack(choice, plain), seed);
        var (outcome, found, allocated) = Read(choice, packed, limit, tellsLength: (seed & 1) == 0);
        FuzzFailure.Unless(_memory.Held == 0, $"{_memory.Held} bytes of the body's memory were not given back");
        FuzzFailure.Unless(found.Length <= limit, $"{found.Length} bytes came out where {limit} are allowed");
        // Decompressors have their own tables; beyond them it must be the limit that bounds memory, not the sender.
        FuzzFailure.Unless(allocated <= 512 * 1024 + 8L * limit + 4L * packed.Length, $"{allocated} bytes were allocated for {packed.Length} packed ones");
        if (seed == 0) CheckIntact(choice, plain, packed.Length, limit, outcome, found);
        else
            FuzzFailure.Unless(outcome is IngestOutcome.Accepted or IngestOutcome.BodyTooLarge or IngestOutcome.CorruptEncoding or IngestOutcome.UnsupportedEncoding,
                $"outcome of a damaged body: {outcome}");
        return $"{(seed == 0 ? "intact" : "damaged")}/{outcome.Code()}";
    }

    private static void CheckIntact(int choice, byte[] plain, int packed, int limit, IngestOutcome outcome, byte[] found)
    {
        var isEmptyDeflate = Encodings[choice] == "deflate" && packed < 2;
        var expected = packed > limit ? IngestOutcome.BodyTooLarge
            : Encodings[choice] == "zstd" ? IngestOutcome.UnsupportedEncoding
            : isEmptyDeflate ? IngestOutcome.CorruptEncoding
            : plain.Length > limit ? IngestOutcome.BodyTooLarge
            : IngestOutcome.Accepted;
        // Without a length in front a body of unknown encoding is not read far enough to be too large.
        FuzzFailure.UnlessEqual(expected, outcome, "outcome of an intact body");
        if (outcome == IngestOutcome.Accepted) FuzzFailure.Unless(found.AsSpan().SequenceEqual(plain), "the body is another one");
    }

    private (IngestOutcome, byte[], long) Read(int choice, byte[] packed, int limit, bool tellsLength)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(packed, writable: false);
        request.ContentLength = tellsLength ? packed.Length : null;
        if (Encodings[choice].Length > 0) request.Headers.ContentEncoding = Encodings[choice];
        using var body = new RequestBody(request, _memory);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var running = body.ReadAsync(limit, null, CancellationToken.None);
        FuzzFailure.Unless(running.IsCompleted, "reading from memory waits");
        var outcome = running.Result;
        return (outcome, body.Bytes.ToArray(), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Pack(int choice, byte[] plain)
    {
        using var packed = new MemoryStream();
        using (Stream packing = choice switch
        {
            2 or 3 => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            4 => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            5 => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            6 => new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            packing.Write(plain);
            if (packing is BufferedStream) return plain;
        }
        return packed.ToArray();
    }

    private byte[] Damage(byte[] packed, ulong seed)
    {
        if (seed == 0) return packed;
        _damage.Reset(seed);
        List<byte> damaged = [.. packed];
        _mutator.Change(_damage, damaged);
        return [.. damaged];
    }
}
