using System.Text;
using System.Text.RegularExpressions;

namespace GrainAnalytics.Web.Tracker;

/// <summary>The scripts' embedded text. The build minifies them where it finds Node; elsewhere the modules are put behind each
/// other here, as they are written.</summary>
internal static partial class ScriptSource
{
    private const string Minified = "tracker.min/", Modules = "tracker/";

    /// <summary>The script that begins with a module.</summary>
    public static byte[] Read(string name) => Find(Minified + name) ?? Link(name);

    /// <summary>True when the build minified the script.</summary>
    public static bool IsMinified(string name) => typeof(ScriptSource).Assembly.GetManifestResourceInfo(Minified + name) is not null;

    /// <summary>A module and what it imports, as one classic script.</summary>
    /// <remarks>Enough for modules that import by name from files beside them, a line each, and use no name twice.</remarks>
    public static byte[] Link(string name)
    {
        var script = new StringBuilder("// Not minified: this server was built without Node.js.\ntry { (() => {\n'use strict';\n");
        Append(script, name, []);
        return Encoding.UTF8.GetBytes(script.Append("})(); } catch {}\n").ToString());
    }

    private static void Append(StringBuilder script, string name, HashSet<string> seen)
    {
        if (!seen.Add(name)) return;
        var own = new StringBuilder($"\n// {name}\n");
        foreach (var line in Encoding.UTF8.GetString(Find(Modules + name) ?? throw new InvalidOperationException($"{name} is not embedded.")).Split('\n'))
        {
            if (Import().Match(line) is { Success: true } import) Append(script, import.Groups[1].Value, seen);
            else own.Append(Export().Replace(line, "")).Append('\n');
        }
        script.Append(own);
    }

    private static byte[]? Find(string resource)
    {
        using var file = typeof(ScriptSource).Assembly.GetManifestResourceStream(resource);
        if (file is null) return null;
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    [GeneratedRegex(@"^import \{.*\} from '\./(.+)';$")]
    private static partial Regex Import();

    [GeneratedRegex("^export (?=const|let|function)")]
    private static partial Regex Export();
}
