using System.Buffers;
using System.IO.Compression;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Signing;
using Microsoft.AspNetCore.Http.Features;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>A request's body in one piece of pooled memory, decompressed, never larger than allowed.</summary>
internal sealed class RequestBody(HttpRequest request) : IIngestBody, IDisposable
{
    // A body that was cut must not pass for a shorter whole one, which .NET's decompressors allow unless told.
    static RequestBody() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private const string SignatureHeader = "X-Signature", TimestampHeader = "X-Signature-Timestamp";

    private byte[] _buffer = [];

    /// <summary>The bytes; gone after Dispose.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <inheritdoc/>
    public bool IsLines { get; } = IsLinesType(request.ContentType);

    /// <inheritdoc/>
    public RequestSignature? Signature { get; } = SignatureOf(request.Headers);

    /// <inheritdoc/>
    public async ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel)
    {
        var body = check is null ? request.Body : new SignedStream(request.Body, check);
        if (request.ContentLength > maxBytes) return IngestOutcome.BodyTooLarge;
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        if (encoding.Length > 0 && request.ContentLength is null) LimitSent(maxBytes);
        try
        {
            switch (encoding)
            {
                case "" or "identity":
                    return await FillAsync(body, (int)(request.ContentLength ?? 4096), maxBytes, cancel);
                case "gzip" or "x-gzip":
                    await using (var gzip = new GZipStream(body, CompressionMode.Decompress, leaveOpen: true))
                        return await FillAllAsync(gzip, body, check, maxBytes, cancel);
                case "br":
                    await using (var brotli = new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true))
                        return await FillAllAsync(brotli, body, check, maxBytes, cancel);
                case "deflate":
                    return await FillDeflateAsync(body, maxBytes, cancel);
                default:
                    return IngestOutcome.UnsupportedEncoding;
            }
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode == StatusCodes.Status413PayloadTooLarge ? IngestOutcome.BodyTooLarge : IngestOutcome.IncompleteBody;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException && encoding.Length > 0)
        {
            return IngestOutcome.CorruptEncoding;
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
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Bytes = default;
    }

    // What comes in chunks may be compressed to nothing without end, such as empty members of gzip: the server counts what is sent.
    private void LimitSent(int maxBytes)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = maxBytes;
    }

    // "deflate" means zlib by the standard and the bare format by the habit of some senders: the first bytes tell.
    private async ValueTask<IngestOutcome> FillDeflateAsync(Stream body, int maxBytes, CancellationToken cancel)
    {
        var outcome = await FillAsync(body, 4096, maxBytes, cancel);
        if (outcome != IngestOutcome.Accepted || Bytes.Length < 2) return outcome == IngestOutcome.Accepted ? IngestOutcome.CorruptEncoding : outcome;
        var packed = Bytes.ToArray();
        Dispose();
        var isZlib = (packed[0] & 0x0f) == 8 && (packed[0] << 8 | packed[1]) % 31 == 0;
        await using Stream plain = isZlib
            ? new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress)
            : new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
        try
        {
            return await FillAsync(plain, 16384, maxBytes, cancel);
        }
        catch (IOException)
        {
            // Nothing is read from outside here: zlib met what it has no word for, such as a preset dictionary.
            return IngestOutcome.CorruptEncoding;
        }
    }

    // A signature is also over what stands behind the compressed data, which nobody needs to read otherwise.
    private async ValueTask<IngestOutcome> FillAllAsync(Stream plain, Stream body, SignatureCheck? check, int maxBytes, CancellationToken cancel)
    {
        var outcome = await FillAsync(plain, 16384, maxBytes, cancel);
        if (check is null || outcome != IngestOutcome.Accepted) return outcome;
        var rest = new byte[4096];
        for (int length = 0, read; (read = await body.ReadAsync(rest, cancel)) > 0;)
            if ((length += read) > maxBytes) return IngestOutcome.BodyTooLarge;
        return outcome;
    }

    private async ValueTask<IngestOutcome> FillAsync(Stream source, int expected, int maxBytes, CancellationToken cancel)
    {
        // One byte more than expected, so that the read that finds the end needs no larger buffer.
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Min(expected, maxBytes) + 1);
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, maxBytes + 1L));
                _buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer);
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
