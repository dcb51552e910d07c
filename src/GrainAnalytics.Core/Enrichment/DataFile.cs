using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Reads the tables of names that are built into the program, from the folder Data.</summary>
internal static class DataFile
{
    /// <summary>The rows of a table: lines that are neither blank nor a comment (#), split at tabs.</summary>
    /// <param name="name">Its file, such as <c>crawlers.txt</c>.</param>
    public static IEnumerable<string[]> Rows(string name)
    {
        using var reader = new StreamReader(typeof(DataFile).Assembly.GetManifestResourceStream($"Enrichment.{name}")
            ?? throw new InvalidOperationException($"{name} is not built in."), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            if (line.Length > 0 && line[0] != '#') yield return line.Split('\t');
    }
}
