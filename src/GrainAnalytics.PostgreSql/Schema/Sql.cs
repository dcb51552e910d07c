using System.Collections.Concurrent;

namespace GrainAnalytics.PostgreSql.Schema;

/// <summary>The SQL files, embedded and named for what runs them.</summary>
internal static class Sql
{
    private static readonly ConcurrentDictionary<string, string> Texts = new();

    /// <summary>Text of NAME.sql without its header comment, which the server need not read every time.</summary>
    public static string Get(string name) => Texts.GetOrAdd(name, static n =>
        string.Join('\n', Read(n + ".sql").Split('\n').SkipWhile(line => line.StartsWith("--", StringComparison.Ordinal))));

    /// <summary>Names of embedded files that start with a digit: the migrations, in order.</summary>
    public static IEnumerable<string> Migrations => typeof(Sql).Assembly.GetManifestResourceNames()
        .Where(name => char.IsAsciiDigit(name[0])).Order(StringComparer.Ordinal);

    /// <summary>A whole file.</summary>
    public static string Read(string file)
    {
        using var stream = typeof(Sql).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not embedded.");
        return new StreamReader(stream).ReadToEnd();
    }
}
