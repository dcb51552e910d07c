namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>Requests whose ends or heads can be read in two ways, byte by byte (a character is a byte). Behind each comes a
/// good last request; the statuses are all that the server may answer before it closes.</summary>
internal static class FramingCases
{
    private const string Event = """{"type":"t","userId":"framing"}""";
    private const string Smuggled = "POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Write-Key: write-key-a\r\nContent-Length: 32\r\n\r\n{\"type\":\"t\",\"userId\":\"smuggled\"}";
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    private static readonly string Chunks = $"{Event.Length:x}\r\n{Event}\r\n0\r\n\r\n";
    private static readonly string Length = $"Content-Length: {Event.Length}\r\n";

    public static Dictionary<string, (string Request, string Statuses)> All { get; } = Build();

    private static Dictionary<string, (string, string)> Build()
    {
        var all = new Dictionary<string, (string, string)>();
        void Post(string name, string statuses, string headers, string body, string line = "POST /v1/events HTTP/1.1", string host = "Host: x\r\n") =>
            all.Add(name, ($"{line}\r\n{host}X-Write-Key: write-key-a\r\n{headers}\r\n{body}", statuses));
        void Get(string name, string statuses, string target, string headers = "", string method = "GET", string version = "HTTP/1.1") =>
            all.Add(name, ($"{method} {target} {version}\r\nHost: x\r\nAuthorization: Bearer api-key-a\r\n{headers}\r\n", statuses));

        // Good ones, so that the others fail for what is wrong with them.
        Post("good, with a length", "202 200", Length, Event);
        Post("good, in chunks", "202 200", Chunked, Chunks);
        Post("good, in chunks with extension and trailer", "202 200", Chunked, $"{Event.Length:x};a=b\r\n{Event}\r\n0\r\nX: y\r\n\r\n");
        Post("good, chunked in capitals", "202 200", "Transfer-Encoding: CHUNKED\r\n", Chunks);

        // Two ends. With both lengths chunks count, and nothing behind them is taken for a request.
        Post("length and chunks", "202", "Content-Length: 4\r\n" + Chunked, Chunks + Smuggled);
        Post("chunks and length", "202", Chunked + "Content-Length: 4\r\n", Chunks + Smuggled);
        Post("length within chunks", "400", $"Content-Length: {5 + Smuggled.Length}\r\n" + Chunked, "0\r\n\r\n" + Smuggled);
        Post("two equal lengths", "400", Length + Length, Event);
        Post("two lengths", "400", Length + "Content-Length: 5\r\n", Event);
        Post("list of lengths", "400", $"Content-Length: {Event.Length}, {Event.Length}\r\n", Event);
        Post("negative length", "400", "Content-Length: -1\r\n", Event);
        // Kestrel reads it as 31 and does not tell us; the end it sees is the one that is meant.
        Post("length with a plus", "202 200", $"Content-Length: +{Event.Length}\r\n", Event);
        Post("hexadecimal length", "400", "Content-Length: 0x1f\r\n", Event);
        Post("length with space inside", "400", "Content-Length: 3 1\r\n", Event);
        Post("length beyond 64 bits", "400", "Content-Length: 99999999999999999999\r\n", Event);
        Post("empty length", "400", "Content-Length:\r\n", Event);
        Post("chunks twice in one header", "400", "Transfer-Encoding: chunked, chunked\r\n", Chunks);
        Post("chunks twice in two headers", "400", Chunked + Chunked, Chunks);
        Post("identity, then chunks", "400", "Transfer-Encoding: identity, chunked\r\n", Chunks);
        Post("gzip, then chunks", "400", "Transfer-Encoding: gzip, chunked\r\n", Chunks);
        Post("chunks, then identity", "400", "Transfer-Encoding: chunked, identity\r\n", Chunks);
        Post("other transfer coding", "400", "Transfer-Encoding: xchunked\r\n", Chunks);
        Post("chunked in quotes", "400", "Transfer-Encoding: \"chunked\"\r\n", Chunks);
        Post("chunked with a parameter", "400", "Transfer-Encoding: chunked;q=1\r\n", Chunks);
        Post("chunks in HTTP/1.0", "202", Chunked, Chunks, "POST /v1/events HTTP/1.0");
        Post("space before the colon of the length", "400", Length.Replace(":", " :"), Event);
        Post("space before the colon of the chunks", "400", Chunked.Replace(":", " :"), Chunks);
        Post("tab before the name", "400", "\tTransfer-Encoding: chunked\r\n", Chunks);
        Post("folded transfer encoding", "400", "Transfer-Encoding:\r\n chunked\r\n", Chunks);
        Post("folded header", "400", Length + "X: a\r\n b\r\n", Event);
        Post("vertical tab in the transfer encoding", "400", "Transfer-Encoding: \vchunked\r\n", Chunks);

        // Chunks.
        Post("size beyond 32 bits", "400", Chunked, $"1{0:x8}\r\n{Event}\r\n0\r\n\r\n");
        Post("size of many digits", "400", Chunked, $"{new string('f', 40)}\r\n{Event}");
        Post("size below zero", "400", Chunked, $"-1\r\n{Event}");
        Post("size with 0x", "400", Chunked, $"0x{Event.Length:x}\r\n{Event}\r\n0\r\n\r\n");
        Post("no size", "400", Chunked, $"\r\n{Event}\r\n0\r\n\r\n");
        Post("lone LF behind a size", "400", Chunked, Chunks.Replace("\r\n", "\n"));
        Post("lone LF in a chunk's extension", "400", Chunked, $"{Event.Length:x};a\n{Event}\r\n0\r\n\r\n");
        Post("lone CR in a chunk's extension", "400", Chunked, $"{Event.Length:x};a\rb\r\n{Event}\r\n0\r\n\r\n");
        Post("chunk longer than it says", "400", Chunked, $"2\r\n{Event}\r\n0\r\n\r\n");

        // Lines and characters.
        all.Add("lone LF everywhere", ($"POST /v1/events HTTP/1.1\nHost: x\nX-Write-Key: write-key-a\nContent-Length: {Event.Length}\n\n{Event}", "400"));
        Post("lone LF behind a header", "400", "X: a\n" + Length, Event);
        Post("lone CR in a header", "400", Length + "X: a\rb\r\n", Event);
        Post("NUL in a header", "400", Length + "X: a\0b\r\n", Event);
        Post("NUL in a header's name", "400", Length + "X\0: a\r\n", Event);
        Post("space in a header's name", "400", Length + "X Y: a\r\n", Event);
        Post("header without a colon", "400", Length + "X\r\n", Event);
        Post("header without a name", "400", Length + ": x\r\n", Event);
        Post("bytes that are no UTF-8 in a header", "400", Length + "X: \u00e9\r\n", Event);
        Post("100,000 headers", "431", Length + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"X-{i}: 1\r\n")), Event);
        Post("one header of 100,000 values", "431", Length + string.Concat(Enumerable.Repeat("X: 1\r\n", 100_000)), Event);
        Post("a header of 1 MB", "431", Length + $"X: {new string('a', 1_000_000)}\r\n", Event);
        Get("100,000 parameters", "414", "/v1/journey?userId=u&" + string.Join('&', Enumerable.Range(0, 100_000).Select(i => $"p{i}=1")));
        Get("as many parameters as fit", "400 200", "/v1/journey?userId=u" + string.Concat(Enumerable.Repeat("&p", 3_900)));

        // Hosts, targets and versions.
        Post("two hosts", "400", Length, Event, host: "Host: x\r\nHost: y\r\n");
        Post("no host", "400", Length, Event, host: "");
        Post("host with a path", "400", Length, Event, host: "Host: x/../y@z\r\n");
        Post("absolute target of another host", "400", Length, Event, "POST http://elsewhere/v1/events HTTP/1.1");
        Post("absolute target", "202 200", Length, Event, "POST http://x/v1/events HTTP/1.1");
        Get("absolute target with other things before the path", "400", "http://x@y/v1/journey?userId=u");
        Get("authority as target", "400", "x:80", method: "CONNECT");
        Get("star as target", "204 200", "*", method: "OPTIONS");
        Get("no slash in front", "400", "health/live");
        Get("NUL in the target", "400", "/v1/users/a\0b/journey");
        Get("escaped NUL in the target", "400", "/v1/users/a%00b/journey");
        Get("byte above ASCII in the path", "400", "/v1/users/\u00ff/journey");
        Get("byte above ASCII in the query", "400", "/v1/journey?userId=\u00ff");
        Get("space in the target", "400", "/v1/journey?userId=a b");
        Get("method of other bytes", "400", "/", method: "G\u00ffT");
        Get("method of 9,000 letters", "414", "/", method: new string('A', 9_000));
        Get("unknown method", "404 200", "/v1/nothing", method: "PROPFIND");
        // The one 5xx: the version is not one of this protocol, and the standard has this number for it.
        Get("version 9.9", "505", "/health/live", version: "HTTP/9.9");
        all.Add("HTTP/0.9", ("GET /health/live\r\n\r\n", "400"));
        all.Add("TLS", ("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n\r\n", "400"));

        // What a header of an answer would repeat.
        Post("origin of other letters", "202 200", Length + "Origin: http://\u00c3\u00a9\r\n", Event);
        Post("origin of control characters", "202 200", Length + "Origin: a\u0001b\r\n", Event);
        Post("origin with DEL", "202 200", Length + "Origin: a\u007fb\r\n", Event);
        Get("preflight of other letters", "204 200", "/v1/events", "Origin: http://a\r\nAccess-Control-Request-Headers: \u00c3\u00a9\r\n", "OPTIONS");
        Get("preflight of control characters", "204 200", "/v1/events", "Origin: \u0002\r\nAccess-Control-Request-Headers: \u0002\r\n", "OPTIONS");
        Post("expectation that nobody has", "202 200", Length + "Expect: pony\r\n", Event);
        Post("content type of punctuation", "202 200", Length + "Content-Type: ;;;/\r\n", Event);
        Post("content encodings of two kinds", "415 200", Length + "Content-Encoding: gzip\r\nContent-Encoding: br\r\n", Event);
        all.Add("key of control characters", ("GET /v1/journey?userId=u HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \u0001\u007f\r\n\r\n", "401 200"));
        all.Add("key of escaped control characters", ("GET /v1/journey?userId=u&writeKey=%00%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n", "401 200"));
        Get("preferences without end", "200 200", "/v1/stats/top-events", $"Accept: {string.Concat(Enumerable.Repeat("text/csv;q=1e99,*/*;q=-1,", 400))}\r\n");
        Get("ranges without end", "200 200", "/api-docs/index.css", $"Range: bytes=0-,{string.Concat(Enumerable.Repeat("0-0,", 400))}1-0\r\n");
        return all;
    }
}
