using System.Buffers;
using System.IO.Compression;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Web.Limits;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>A request's body in one piece of pooled memory, decompressed, never larger than allowed.</summary>
internal sealed class RequestBody(HttpRequest request, BodyMemory memory) : IIngestBody, IDisposable
{
    // A body that was cut must not pass for a shorter whole one, which .NET's decompressors allow unless told.
    static RequestBody() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private const string SignatureHeader = "X-Signature", TimestampHeader = "X-Signature-Timestamp";

    private byte[] _buffer = [], _packed = [];

    /// <summary>The bytes; gone after Dispose.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <inheritdoc/>
    public bool IsLines { get; } = IsLinesType(request.ContentType);

    /// <inheritdoc/>
    public RequestSignature? Signature { get; } = SignatureOf(request.Headers);

    /// <inheritdoc/>
    public VisitorClues? Visitor => ClientAddress.CluesOf(request.HttpContext);

    /// <inheritdoc/>
    public async ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel)
    {
        // A signature is over the bytes as they were sent, all of which are read before anything is unpacked.
        var body = check is null ? request.Body : new SignedStream(request.Body, check);
        if (request.ContentLength > maxBytes) return IngestOutcome.BodyTooLarge;
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        if (encoding is not ("" or "identity" or "gzip" or "x-gzip" or "br" or "deflate")) return IngestOutcome.UnsupportedEncoding;
        try
        {
            var outcome = await FillAsync(body, (int)(request.ContentLength ?? 4096), maxBytes, cancel);
            return outcome != IngestOutcome.Accepted || encoding is "" or "identity" ? outcome : await UnpackAsync(encoding, maxBytes, cancel);
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => IngestOutcome.BodyTooLarge,
                StatusCodes.Status408RequestTimeout => IngestOutcome.BodyTooSlow,
                _ => IngestOutcome.IncompleteBody,
            };
        }
        catch (IOException)
        {
            // A chunk whose length is no number, or a connection that broke off: then nobody hears the answer.
            return IngestOutcome.IncompleteBody;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Return(_buffer);
        Return(_packed);
        (_buffer, _packed, Bytes) = ([], [], default);
    }

    /// <summary>Decompresses what was read, or what that was decompressed to.</summary>
    /// <remarks>From memory and in one go: a decompressor has megabytes of its own, which must not wait for a slow sender's next byte.</remarks>
    public async ValueTask<IngestOutcome> UnpackAsync(string encoding, int maxBytes, CancellationToken cancel)
    {
        var packed = Bytes;
        if (encoding == "deflate" && packed.Length < 2) return IngestOutcome.CorruptEncoding;
        Return(_packed);
        (_packed, _buffer, Bytes) = (_buffer, [], default);
        try
        {
            await using var plain = Unpacker(encoding, new MemoryStream(_packed, 0, packed.Length));
            return await FillAsync(plain, 16384, maxBytes, cancel);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            // Nothing is read from outside here: also where zlib met what it has no word for, such as a preset dictionary.
            return IngestOutcome.CorruptEncoding;
        }
    }

    private static Stream Unpacker(string encoding, MemoryStream packed) => encoding switch
    {
        "br" => new BrotliStream(packed, CompressionMode.Decompress),
        "deflate" => IsZlib(packed) ? new ZLibStream(packed, CompressionMode.Decompress) : new DeflateStream(packed, CompressionMode.Decompress),
        _ => new GZipStream(packed, CompressionMode.Decompress),
    };

    // "deflate" means zlib by the standard and the bare format by the habit of some senders: the first bytes tell.
    private static bool IsZlib(MemoryStream packed)
    {
        int first = packed.ReadByte(), second = packed.ReadByte();
        packed.Position = 0;
        return (first & 0x0f) == 8 && (first << 8 | second) % 31 == 0;
    }

    private async ValueTask<IngestOutcome> FillAsync(Stream source, int expected, int maxBytes, CancellationToken cancel)
    {
        // One byte more than expected, so that the read that finds the end needs no larger buffer.
        if (!TryRent(Math.Min(expected, maxBytes) + 1, out _buffer)) return IngestOutcome.ServerBusy;
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                if (!TryRent((int)Math.Min(2L * length, maxBytes + 1L), out var larger)) return IngestOutcome.ServerBusy;
                _buffer.AsSpan(0, length).CopyTo(larger);
                Return(_buffer);
                _buffer = larger;
            }
            var read = await source.ReadAsync(_buffer.AsMemory(length), cancel);
            if (read == 0) break;
            length += read;
            if (length > maxBytes) return IngestOutcome.BodyTooLarge;
        }
        Bytes = _buffer.AsMemory(0, length);
        return IngestOutcome.Accepted;
    }

    private static RequestSignature? SignatureOf(IHeaderDictionary headers) =>
        headers.ContainsKey(SignatureHeader) || headers.ContainsKey(TimestampHeader)
            ? new RequestSignature(headers[TimestampHeader].ToString(), headers[SignatureHeader].ToString())
            : null;

    private bool TryRent(int atLeast, out byte[] buffer)
    {
        buffer = ArrayPool<byte>.Shared.Rent(atLeast);
        if (memory.TryTake(buffer.Length)) return true;
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        return false;
    }

    private void Return(byte[] buffer)
    {
        if (buffer.Length == 0) return;
        memory.Return(buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    internal static bool IsLinesType(string? contentType)
    {
        if (contentType is null) return false;
        var media = contentType.AsSpan();
        var end = media.IndexOf(';');
        media = (end < 0 ? media : media[..end]).Trim();
        return media.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase)
            || media.Equals("application/ndjson", StringComparison.OrdinalIgnoreCase);
    }
}
