using System.Reflection;

namespace GrainAnalytics.Clients.Tests.Support;

/// <summary>Where things are, from the project file.</summary>
internal static class Places
{
    public static readonly string Standalone = Find("StandaloneProgram"), Clients = Find("Clients");

    private static string Find(string name) =>
        typeof(Places).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == name).Value!;
}
