using System.Reflection;

namespace GrainAnalytics.Cli.Tests.Support;

/// <summary>Where the programs are, from the project file.</summary>
internal static class Programs
{
    public static readonly string Cli = Find("CliProgram"), Standalone = Find("StandaloneProgram");

    private static string Find(string name) =>
        typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == name).Value!;
}
