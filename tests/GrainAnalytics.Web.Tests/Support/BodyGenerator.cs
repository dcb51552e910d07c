using System.Text;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>Makes bodies from a seed: the same seed, the same body.</summary>
internal sealed class BodyGenerator(int seed)
{
    private static readonly string[] Names =
        ["type", "userId", "user_id", "anonymousId", "sessionId", "eventId", "occurredAt", "sentAt", "payload", "properties", "ty\\u0070e", "other", ""];
    private static readonly string[] Values =
        ["\"t\"", "\"\"", "null", "true", "0", "-1e999", "1.5", "{}", "[]", "{\"a\":[1,{\"b\":null}]}", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"",
         "\"2026-01-31T12:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00+23:59\"", "\"01938f6e-7c1a-7000-8000-4f2d9c6b1a01\"", "\"ffffffff-ffff-7fff-8fff-ffffffffffff\"",
         "\"äöü\"", "\"\\n\\\"\\\\\\/\"", $"\"{new string('x', 300)}\"", $"{new string('[', 40)}{new string(']', 40)}"];
    private static readonly byte[] Interesting = [.. "{}[]\",:\\u0tfn-e. \n\r\t"u8, 0, 0x80, 0xc3, 0xed, 0xef, 0xff];

    private readonly Random _random = new(seed);

    /// <summary>Bytes of which nothing is expected; half of them from JSON's alphabet.</summary>
    public byte[] Noise()
    {
        var bytes = new byte[_random.Next(0, 120)];
        if (_random.Next(2) == 0) _random.NextBytes(bytes);
        else for (var i = 0; i < bytes.Length; i++) bytes[i] = Interesting[_random.Next(Interesting.Length)];
        return bytes;
    }

    /// <summary>A well-formed row with any fields and values.</summary>
    public string Row()
    {
        var fields = Enumerable.Range(0, _random.Next(0, 8)).Select(_ => $"\"{Pick(Names)}\":{Pick(Values)}");
        return _random.Next(20) == 0 ? Pick(Values) : $"{{{string.Join(',', fields)}}}";
    }

    /// <summary>A valid row of the given user.</summary>
    public static string Good(string user) => $$"""{"type":"t","userId":"{{user}}","sessionId":"s","payload":{"n":1.5,"t":"\u00e4\"x\""},"occurredAt":"2026-01-31T12:00:00.000Z"}""";

    /// <summary>Changes a few bytes: flips, removes, inserts, doubles or cuts.</summary>
    public byte[] Mutate(byte[] body)
    {
        var bytes = body.ToList();
        for (var change = _random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = _random.Next(bytes.Count);
            var length = Math.Min(_random.Next(1, 12), bytes.Count - at);
            switch (_random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1: bytes[at] = Interesting[_random.Next(Interesting.Length)]; break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.Insert(at, Interesting[_random.Next(Interesting.Length)]); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }
        return [.. bytes];
    }

    public byte[] Mutate(string body) => Mutate(Encoding.UTF8.GetBytes(body));

    public int Next(int below) => _random.Next(below);

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
