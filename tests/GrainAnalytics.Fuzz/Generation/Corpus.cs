using System.Reflection;

namespace GrainAnalytics.Fuzz.Generation;

/// <summary>Inputs that are kept in corpus/: what real senders write, what was once a bug, and what is meant to hurt.</summary>
internal static class Corpus
{
    private const string Prefix = "corpus/";

    /// <summary>Name and bytes of every file whose name has the extension.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Read(string extension)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(extension, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (name[Prefix.Length..], ReadOne(assembly, name)))];
    }

    private static byte[] ReadOne(Assembly assembly, string name)
    {
        using var file = assembly.GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}
