using System.Reflection;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Which program is broken, and how many of it: <c>GRAINANALYTICS_TEST_SERVER</c> is standalone (the default), silo, or
/// cluster (three silos). <c>./test</c> chooses by whether the Orleans packages restore.</summary>
internal sealed record Target(string Name, string Program, int Servers)
{
    private const string Variable = "GRAINANALYTICS_TEST_SERVER";

    /// <summary>The repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Metadata("Root"));

    /// <summary>The one of this run.</summary>
    public static Target Chosen { get; } = Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>True when its servers make up a cluster, and so show the same journeys at any time.</summary>
    public bool IsCluster => Name is "silo" or "cluster";

    private static Target Choose(string? name) => name switch
    {
        null or "" or "standalone" => new("standalone", Find("GrainAnalytics.Standalone"), 1),
        "silo" => new(name, Find("GrainAnalytics.Silo"), 1),
        "cluster" => new(name, Find("GrainAnalytics.Silo"), 3),
        _ => throw new InvalidOperationException($"{Variable} must be standalone, silo or cluster, not \"{name}\"."),
    };

    private static string Find(string project)
    {
        var program = Path.Combine(Root, "src", project, Metadata("BuiltIn"), $"{project}.dll");
        return File.Exists(program) ? program : throw new InvalidOperationException($"{program} is not there: build src/{project} first, in the same configuration.");
    }

    private static string Metadata(string key) =>
        typeof(Target).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}
