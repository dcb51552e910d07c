namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>Texts that mean something to somebody on the way: paths, queries, SQL, COPY, JSON, HTML, logs, screens.</summary>
internal static class HostileTexts
{
    public static string[] All { get; } =
    [
        // Paths and queries.
        ".", "..", "../../etc/passwd", "..\\..\\x", "./x", "x/..", "/", "//", "a/b", "a\\b", "%", "%2e%2e", "%2f", "%2F", "a%2Fb", "%252f", "%00", "%u0041", "%zz", "%ff", "%c0%af",
        "a?b", "a#b", "a&b=c", "a+b", "a b", "a;b", "a:b", "a@b", "~", "*", "journey", "users", "a%20b", "?", "#", "=", "&",
        // Spaces and control characters.
        " ", "  ", " lead", "trail ", "\t", "\n", "\r\n", "a\r\nX-Injected: 1", "\u0001", "\u001f", "\u007f", "\u0085", "\u00a0", "\b\f", "\u001b[31m",
        // What screens hide or turn round, and what only looks the same.
        "\u202eabc", "a\u200db", "\u200b", "\u2066a\u2069", "\uFEFF", "\uFEFFa", "a\uFEFF", "\u2028", "\u2029", "\uFFFD", "\uFFFE", "\uFFFF", "\U0010FFFF", "\U0001F468\u200D\U0001F469\u200D\U0001F467",
        "\u00e9", "e\u0301", "\u0130", "\u0131", "I", "i", "\u00df", "ss", "\u1e9e", "\u03c3", "\u03c2", "A", "a", "\uff21", "\u0410", string.Concat(Enumerable.Repeat("\U0001F600", 200)),
        string.Concat(Enumerable.Repeat("\u0301", 200)), new string('x', 200), new string('"', 200), new string('\\', 200), new string('\u0001', 200),
        // SQL, COPY and format strings.
        "'", "''", "\"", "\\", "\\\\", "\\'", "'; drop table events; --", "' or '1'='1", "\"; drop table sites; --", "$1", "$$", "$tag$", "?1", ":name", "@p", "--", "/* */", "\\.", "\\N", "\\x00",
        "\\u0000", "\\d", "null", "NULL", "default", "%s%n", "{0}", "{", "}", "{}", "[]", "array[1]", "{1,2}", "{\"a\"}", "infinity", "-infinity", "NaN", "epoch", "now()", "U&'\\0000'", "E'\\\\'",
        // Languages and libraries.
        "<script>alert(1)</script>", "</script>", "&lt;", "javascript:0", "${jndi:ldap://x/y}", "{{7*7}}", "=cmd()", "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "undefined",
        "true", "0", "-0", "00", "1e999", "0x41", "data: x", "event: y", ":", "\"}", "\",\"x\":\"", "6F9619FF-8B86-4011-B42D-00CF4FC964FF", "7f9619ff-8b86-4011-b42d-00cf4fc964ff",
        "{6f9619ff-8b86-4011-b42d-00cf4fc964ff}", "6f9619ff8b864011b42d00cf4fc964ff",
    ];
}
