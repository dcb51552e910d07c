using System.IO.Compression;
using System.Security.Cryptography;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Web.Ingestion;
using Microsoft.AspNetCore.Http;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Bodies with a Content-Encoding: what was packed comes out again, never more than allowed, damage of any kind is told
/// and costs no memory, and a signature is checked over every byte that was sent.</summary>
/// <remarks>The input's header chooses encoding, size of the pieces in which the body comes, limit, how often the plain text stands in the body, and the seed of the damage,
/// whose lowest bits say whether the length is told and what was signed (nothing else: no damage); the plain text follows.
/// Packing and damaging happen in the check, so that these few bytes repeat it.</remarks>
internal sealed class BodyTarget : IFuzzTarget
{
    private static readonly string[] Encodings = ["", "identity", "gzip", "x-gzip", "br", "deflate", "deflate", "zstd"];
    private static readonly int[] Limits = [16, 1024, 100_000];
    private static readonly int[] Pieces = [int.MaxValue, 1000, 9];
    private static readonly KeySigning Signing = new(new string('5', 64), IsRequired: true);

    private readonly Mutator _mutator = new([]);
    private readonly Dice _damage = new();
    private readonly BodyMemory _memory = new(new IngestOptions());

    public void Make(Dice dice, List<byte> input)
    {
        input.Add((byte)dice.Below(Encodings.Length * Pieces.Length));
        input.Add((byte)dice.Below(Limits.Length));
        input.AddRange(BitConverter.GetBytes((ushort)(1 + dice.Skewed(dice.OneIn(64) ? 60_000 : 50))));
        input.AddRange(BitConverter.GetBytes(dice.OneIn(2) ? (ulong)dice.Below(8) : dice.Next()));
        for (var length = dice.Skewed(100); length > 0; length--) input.Add(dice.OneIn(2) ? (byte)'x' : (byte)dice.Next());
    }

    public string Check(byte[] input)
    {
        var reader = new ByteReader(input);
        var (piece, choice) = Math.DivRem(reader.Byte(), Encodings.Length);
        var limit = Limits[reader.Byte() % Limits.Length];
        var times = Math.Max((ushort)1, reader.UInt16());
        var seed = (ulong)reader.Int64();
        byte[] plain = [.. Enumerable.Repeat(reader.Left.ToArray(), times).SelectMany(part => part).Take(1_000_000)];
        var intact = Pack(choice, plain);
        var packed = Damage(intact, seed);
        // Signed as it was packed, or as it came after the damage.
        var signed = (seed >> 1 & 3) switch { 1 => intact, 2 => packed, _ => null };
        var (outcome, found, allocated) = Read(choice, packed, limit, tellsLength: (seed & 1) == 0, piece, signed);
        FuzzFailure.Unless(_memory.Held == 0, $"{_memory.Held} bytes of the body's memory were not given back");
        FuzzFailure.Unless(found.Length <= limit, $"{found.Length} bytes came out where {limit} are allowed");
        // Decompressors have their own tables; beyond them it must be the limit that bounds memory, not the sender.
        FuzzFailure.Unless(allocated <= 512 * 1024 + 8L * limit + 4L * packed.Length, $"{allocated} bytes were allocated for {packed.Length} packed ones");
        if (IsIntact(seed)) CheckIntact(choice, plain, packed.Length, limit, (seed & 1) == 0, outcome, found);
        else
            FuzzFailure.Unless(outcome is IngestOutcome.Accepted or IngestOutcome.BodyTooLarge or IngestOutcome.CorruptEncoding or IngestOutcome.UnsupportedEncoding,
                $"outcome of a damaged body: {outcome}");
        return $"{(IsIntact(seed) ? "intact" : "damaged")}/{outcome.Code()}";
    }

    private static void CheckIntact(int choice, byte[] plain, int packed, int limit, bool tellsLength, IngestOutcome outcome, byte[] found)
    {
        var encoding = Encodings[choice];
        // An encoding that is not known is not read, so only a length in front can be too large.
        var expected = packed > limit && (tellsLength || encoding != "zstd") ? IngestOutcome.BodyTooLarge
            : encoding == "zstd" ? IngestOutcome.UnsupportedEncoding
            : encoding == "deflate" && packed < 2 ? IngestOutcome.CorruptEncoding
            : plain.Length > limit ? IngestOutcome.BodyTooLarge
            : IngestOutcome.Accepted;
        FuzzFailure.UnlessEqual(expected, outcome, "outcome of an intact body");
        if (outcome == IngestOutcome.Accepted) FuzzFailure.Unless(found.AsSpan().SequenceEqual(plain), "the body is another one");
    }

    private (IngestOutcome, byte[], long) Read(int choice, byte[] packed, int limit, bool tellsLength, int piece, byte[]? signed)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new Piecemeal(packed, Pieces[piece % Pieces.Length]);
        request.ContentLength = tellsLength ? packed.Length : null;
        if (Encodings[choice].Length > 0) request.Headers.ContentEncoding = Encodings[choice];
        using var body = new RequestBody(request, _memory);
        using var check = signed is null ? null : SignatureCheck.TryBegin(Signing, Sign(signed), 1_790_000_000_000_000, TimeSpan.FromMinutes(5), out _);
        FuzzFailure.UnlessEqual(signed is null, check is null, "no check was begun");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var running = body.ReadAsync(limit, check, CancellationToken.None);
        FuzzFailure.Unless(running.IsCompleted, "reading from memory waits");
        var outcome = running.Result;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (check is not null && outcome == IngestOutcome.Accepted)
            FuzzFailure.UnlessEqual(packed.AsSpan().SequenceEqual(signed), check.IsGenuine(), "signature is genuine");
        return (outcome, body.Bytes.ToArray(), allocated);
    }

    private static RequestSignature Sign(byte[] body) => new("1790000000",
        $"v1={Convert.ToHexStringLower(HMACSHA256.HashData("5555555555555555555555555555555555555555555555555555555555555555"u8, (byte[])[.. "1790000000."u8, .. body]))}");

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

    private static bool IsIntact(ulong seed) => seed < 8;

    private byte[] Damage(byte[] packed, ulong seed)
    {
        if (IsIntact(seed)) return packed;
        _damage.Reset(seed);
        List<byte> damaged = [.. packed];
        _mutator.Change(_damage, damaged);
        return [.. damaged];
    }

    /// <summary>Comes in pieces, as from a network.</summary>
    private sealed class Piecemeal(byte[] bytes, int piece) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(piece, count));
    }
}
