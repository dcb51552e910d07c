using System.Text;

namespace GrainAnalytics.Web.Tests;

internal sealed record MalformedRequest(string Path, byte[]? Body = null, string ContentType = "application/json", string? Encoding = null)
{
    public bool IsRead => Body is null;
}

/// <summary>The table: what is sent, the status, the code ("row:" for the reason of the only event), and what the answer must say.</summary>
internal static class MalformedCases
{
    public static Dictionary<string, (MalformedRequest Request, int Status, string Code, string Place)> All { get; } = Build();

    // Hardly compressible, so that a cut is one in the middle.
    private static string Noise(int length)
    {
        var random = new Random(1);
        return string.Create(length, random, (text, r) => { foreach (ref var c in text) c = (char)r.Next(' ', '~'); });
    }

    private static Dictionary<string, (MalformedRequest, int, string, string)> Build()
    {
        var all = new Dictionary<string, (MalformedRequest, int, string, string)>();
        void Body(string name, string body, string place, int status = 400, string code = "malformed-body") =>
            all.Add("body: " + name, (new("/v1/events", Encoding.UTF8.GetBytes(body)), status, code, place));
        void Bytes(string name, byte[] body, string place, string? encoding = null, int status = 400, string code = "malformed-body", string type = "application/json") =>
            all.Add("bytes: " + name, (new("/v1/events", body, type, encoding), status, code, place));
        void Row(string name, string fields, string code, string place) =>
            all.Add("row: " + name, (new("/v1/events", Encoding.UTF8.GetBytes(fields.StartsWith('{') || fields.StartsWith('[') ? fields : $"{{{fields}}}")), 400, "row:" + code, place));
        void Read(string name, string path, string place, string code = "invalid-parameter", int status = 400) =>
            all.Add("read: " + name, (new(path), status, code, place));

        Body("open object", """{"type":"t","userId":"u" """, "line 1");
        Body("open array", """[{"type":"t","userId":"u"}""", "line 1");
        Body("open string", """{"type":"t""", "byte");
        Body("two values", """{"type":"t","userId":"u"}{"type":"t","userId":"u"}""", "line 1");
        Body("trailing comma in object", """{"type":"t","userId":"u",}""", "line 1, byte");
        Body("trailing comma in array", """[{"type":"t","userId":"u"},]""", "line 1");
        Body("comment", "{\"type\":\"t\",\n// no\n\"userId\":\"u\"}", "line 2");
        Body("single quotes", "{'type':'t','userId':'u'}", "byte 2");
        Body("name without quotes", """{type:"t","userId":"u"}""", "byte 2");
        Body("missing colon", """{"type" "t"}""", "line 1");
        Body("NaN", """{"type":"t","userId":"u","payload":{"x":NaN}}""", "line 1");
        Body("leading zero", """{"type":"t","userId":"u","payload":{"x":01}}""", "line 1");
        Body("lone minus", """{"type":"t","userId":"u","payload":{"x":-}}""", "line 1");
        Body("bad escape", """{"type":"\x41","userId":"u"}""", "line 1");
        Body("short unicode escape", """{"type":"\u12","userId":"u"}""", "line 1");
        Body("line break in a string", "{\"type\":\"a\nb\",\"userId\":\"u\"}", "line 1");
        Body("raw NUL in a string", "{\"type\":\"a\0b\",\"userId\":\"u\"}", "line 1");
        Body("words", "hello", "line 1");
        Body("form", "type=t&userId=u", "line 1");
        Body("xml", "<event/>", "line 1");
        Body("string", "\"text\"", "JSON object");
        Body("number", "42", "JSON object");
        Body("null", "null", "JSON object");
        Body("true", "true", "JSON object");
        Body("closing bracket", "]", "line 1");
        Body("mismatched brackets", """[{"type":"t","userId":"u"]}""", "line 1");
        Body("empty", "", "no events", code: "no-events");
        Body("space", " \r\n\t", "no events", code: "no-events");
        Body("empty array", "[ ]", "no events", code: "no-events");
        Body("1001 events", $"[{string.Join(',', Enumerable.Repeat("{}", 1001))}]", "too many events", 413, "too-many-events");
        Body("many open brackets", new string('[', 100_000), "line 1");
        Body("second byte order mark", "\uFEFF\uFEFF{}", "line 1");

        Bytes("invalid utf-8", [.. "{\"type\":\"t\",\"userId\":\""u8, 0xff, .. "\"}"u8], "UTF-8");
        Bytes("utf-8 of a surrogate", [.. "{\"type\":\"t\",\"userId\":\""u8, 0xed, 0xa0, 0x80, .. "\"}"u8], "UTF-8");
        Bytes("overlong utf-8", [.. "{\"type\":\"t\",\"userId\":\""u8, 0xc0, 0x80, .. "\"}"u8], "UTF-8");
        Bytes("cut utf-8", [.. "\""u8, 0xc3], "UTF-8");
        Bytes("utf-16", Encoding.Unicode.GetBytes("""{"type":"t","userId":"u"}"""), "line 1");
        Bytes("gzip without saying so", IngestTests.Packed("gzip", "{}"u8.ToArray()), "UTF-8");
        Bytes("no gzip", "{}"u8.ToArray(), "Content-Encoding", "gzip", code: "corrupt-encoding");
        Bytes("cut gzip", IngestTests.Packed("gzip", new byte[10_000])[..^9], "Content-Encoding", "gzip", code: "corrupt-encoding");
        Bytes("cut gzip between lines", IngestTests.Packed("gzip", "{\"type\":\"t\",\"userId\":\"u\"}\n"u8.ToArray())[..^8], "Content-Encoding", "gzip",
            code: "corrupt-encoding", type: "application/x-ndjson");
        Bytes("cut brotli", IngestTests.Packed("br", Encoding.UTF8.GetBytes(Noise(20_000)))[..^1000], "Content-Encoding", "br", code: "corrupt-encoding");
        Bytes("cut zlib", IngestTests.Packed("zlib", Encoding.UTF8.GetBytes(Noise(20_000)))[..^5], "Content-Encoding", "deflate", code: "corrupt-encoding");
        Bytes("cut raw deflate", IngestTests.Packed("raw", Encoding.UTF8.GetBytes(Noise(20_000)))[..^5], "Content-Encoding", "deflate", code: "corrupt-encoding");
        Bytes("no brotli", "hello, this is text"u8.ToArray(), "Content-Encoding", "br", code: "corrupt-encoding");
        Bytes("no deflate", [0xff, 0xff, 0xff], "Content-Encoding", "deflate", code: "corrupt-encoding");
        Bytes("empty deflate", [], "Content-Encoding", "deflate", code: "corrupt-encoding");
        Bytes("zlib with a dictionary", [0x78, 0x20, 0, 0, 0, 1], "Content-Encoding", "deflate", code: "corrupt-encoding");
        Bytes("unknown encoding", "{}"u8.ToArray(), "Content-Encoding", "zstd", 415, "unsupported-encoding");
        Bytes("two encodings", "{}"u8.ToArray(), "Content-Encoding", "gzip, br", 415, "unsupported-encoding");
        Bytes("bomb", IngestTests.Packed("gzip", new byte[6 * 1024 * 1024]), "too large", "gzip", 413, "body-too-large");
        Bytes("large", new byte[5 * 1024 * 1024 + 1], "too large", status: 413, code: "body-too-large");
        Bytes("bad line", "{\"type\":"u8.ToArray(), "line 1", type: "application/x-ndjson", code: "row:malformed-line");
        Bytes("line of invalid utf-8", [0xff], "UTF-8", type: "application/ndjson", code: "row:malformed-line");
        Bytes("line with two values", "{} {}"u8.ToArray(), "line 1", type: "application/x-ndjson", code: "row:malformed-line");
        Bytes("line of a number", "1"u8.ToArray(), "object", type: "application/x-ndjson", code: "row:not-an-object");
        Bytes("blank lines", "\n\r\n \n"u8.ToArray(), "no events", type: "application/x-ndjson", code: "no-events");

        Row("empty object", "{}", "missing-type", "type is required");
        Row("array in an array", "[[]]", "not-an-object", "object");
        Row("null in an array", "[null]", "not-an-object", "object");
        Row("no type", "\"userId\":\"u\"", "missing-type", "type");
        Row("null type", "\"type\":null,\"userId\":\"u\"", "missing-type", "type");
        Row("type of other case", "\"Type\":\"t\",\"userId\":\"u\"", "missing-type", "type");
        Row("empty type", "\"type\":\"\",\"userId\":\"u\"", "invalid-type", "type");
        Row("number as type", "\"type\":1,\"userId\":\"u\"", "invalid-type", "type");
        Row("long type", $"\"type\":\"{new string('x', 201)}\",\"userId\":\"u\"", "invalid-type", "type has more than 200");
        Row("no user", "\"type\":\"t\"", "missing-user", "userId");
        Row("null user", "\"type\":\"t\",\"userId\":null", "missing-user", "anonymousId");
        Row("empty user", "\"type\":\"t\",\"userId\":\"\"", "invalid-user-id", "userId");
        Row("number as user", "\"type\":\"t\",\"userId\":42", "invalid-user-id", "userId");
        Row("object as user", "\"type\":\"t\",\"userId\":{}", "invalid-user-id", "userId");
        Row("long user", $"\"type\":\"t\",\"userId\":\"{string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 201))}\"", "invalid-user-id", "userId");
        Row("very long user", $"\"type\":\"t\",\"userId\":\"{string.Concat(Enumerable.Repeat("\\u0041", 4000))}\"", "invalid-user-id", "userId");
        Row("NUL in the user", "\"type\":\"t\",\"userId\":\"a\\u0000\"", "nul-character", "userId");
        Row("half a surrogate pair", "\"type\":\"t\",\"userId\":\"\\ud83d\"", "lone-surrogate", "userId");
        Row("surrogates in the wrong order", "\"type\":\"\\ude00\\ud83d\",\"userId\":\"u\"", "lone-surrogate", "type");
        Row("false as anonymous id", "\"type\":\"t\",\"anonymousId\":false", "invalid-anonymous-id", "anonymousId");
        Row("empty session", "\"type\":\"t\",\"userId\":\"u\",\"sessionId\":\"\"", "invalid-session-id", "sessionId");
        Row("array as session", "\"type\":\"t\",\"userId\":\"u\",\"session_id\":[]", "invalid-session-id", "sessionId");
        Row("empty id", "\"type\":\"t\",\"userId\":\"u\",\"eventId\":\"\"", "invalid-event-id", "eventId");
        Row("number as id", "\"type\":\"t\",\"userId\":\"u\",\"event_id\":7", "invalid-event-id", "eventId");
        Row("long id", $"\"type\":\"t\",\"userId\":\"u\",\"eventId\":\"{new string('i', 201)}\"", "invalid-event-id", "eventId");
        Row("no instant", "\"type\":\"t\",\"userId\":\"u\",\"occurredAt\":\"yesterday\"", "invalid-occurred-at", "occurredAt");
        Row("number as instant", "\"type\":\"t\",\"userId\":\"u\",\"occurredAt\":1769860800", "invalid-occurred-at", "occurredAt");
        Row("30 February", "\"type\":\"t\",\"userId\":\"u\",\"occurredAt\":\"2026-02-30T00:00:00Z\"", "invalid-occurred-at", "occurredAt");
        Row("hour 25", "\"type\":\"t\",\"userId\":\"u\",\"occurredAt\":\"2026-02-03T25:00:00Z\"", "invalid-occurred-at", "occurredAt");
        Row("1969", "\"type\":\"t\",\"userId\":\"u\",\"occurredAt\":\"1969-12-31T23:59:59Z\"", "occurred-at-out-of-range", "occurredAt");
        Row("far future", "\"type\":\"t\",\"userId\":\"u\",\"occurredAt\":\"2999-01-01T00:00:00Z\"", "occurred-at-out-of-range", "occurredAt");
        Row("bad sentAt", "\"type\":\"t\",\"userId\":\"u\",\"sentAt\":\"now\"", "invalid-sent-at", "sentAt");
        Row("array as payload", "\"type\":\"t\",\"userId\":\"u\",\"payload\":[]", "invalid-payload", "payload");
        Row("string as payload", "\"type\":\"t\",\"userId\":\"u\",\"properties\":\"{}\"", "invalid-payload", "payload");
        Row("NUL in the payload", "\"type\":\"t\",\"userId\":\"u\",\"payload\":{\"a\":\"\\u0000\"}", "nul-character", "payload");
        Row("half a surrogate pair in the payload", "\"type\":\"t\",\"userId\":\"u\",\"payload\":{\"\\udc00\":1}", "lone-surrogate", "payload");
        Row("large event", $"\"type\":\"t\",\"userId\":\"u\",\"payload\":{{\"a\":\"{new string('x', 32 * 1024)}\"}}", "event-too-large", "32768");
        Row("deep event", $"\"type\":\"t\",\"userId\":\"u\",\"payload\":{{\"a\":{new string('[', 31)}{new string(']', 31)}}}", "nesting-too-deep", "32");

        foreach (var path in (string[])["/v1/users/u/journey?", "/v1/journey?userId=u&"])
        {
            foreach (var bad in (string[])["limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=", "limit=1.5", "limit=99999999999", "limit=%2B5", "limit=1&limit=2"])
                Read(path + bad, path + bad, "\"limit\":[");
            foreach (var bad in (string[])["yesterday", "2026-02-30", "2026-01-01T25:00:00Z", "1769860800", "2026-1-1", "", "0000-01-01"])
            {
                Read($"{path}from={bad}", $"{path}from={bad}", "\"from\":[");
                Read($"{path}to={bad}", $"{path}to={bad}", "\"to\":[");
            }
            Read(path + "from after to", path + "from=2026-01-02&to=2026-01-01", "\"from\":[");
            Read(path + "NUL in type", path + "type=a%00", "\"type\":[");
            Read(path + "empty type", path + "type=", "\"type\":[");
            Read(path + "long type", path + "type=" + new string('t', 201), "\"type\":[");
            foreach (var bad in (string[])["x", "!!!!", "AAAA", "AAAAAAAAAAA", "f____________w", new string('A', 4000), "AAAAAAAAAACA", "AAZHqQw2AAD__w"])
                Read(path + "cursor " + bad, path + "cursor=" + bad, "\"cursor\":[");
            Read(path + "several", path + "limit=0&type=", "\"type\":[");
        }
        Read("no user", "/v1/journey", "\"userId\":[");
        Read("empty user", "/v1/journey?userId=", "\"userId\":[");
        Read("user twice", "/v1/journey?userId=a&userId=b", "\"userId\":[");
        Read("NUL in user", "/v1/journey?userId=a%00b", "\"userId\":[");
        Read("long user in query", "/v1/journey?userId=" + new string('u', 201), "\"userId\":[");
        Read("long user in path", $"/v1/users/{new string('u', 201)}/journey", "\"userId\":[");
        Read("slash in path", "/v1/users/a%2Fb/journey", "/v1/journey?userId=");
        Read("long session", "/v1/sessions/" + new string('s', 201), "\"id\":[");
        foreach (var path in (string[])["/v1/stats/dau?", "/v1/stats/top-events?"])
        {
            foreach (var bad in (string[])["yesterday", "2026-02-30", "2026-01-01T00:00:00Z", "20260101", "1-1-2026", "", "0001-01-01", "9999-12-31"])
                Read($"{path}from={bad}", $"{path}from={bad}", "\"from\":[");
            Read(path + "bad to", path + "to=x", "\"to\":[");
            Read(path + "from after to", path + "from=2026-01-02&to=2026-01-01", "\"from\":[");
            Read(path + "too many days", path + "from=2000-01-01&to=2026-01-01", "3660");
            Read(path + "twice", path + "to=2026-01-01&to=2026-01-02", "\"to\":[");
        }
        foreach (var bad in (string[])["0", "1001", "x", ""]) Read("top limit " + bad, "/v1/stats/top-events?limit=" + bad, "\"limit\":[");
        return all;
    }
}
