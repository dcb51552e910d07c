using System.Reflection;
using GrainAnalytics.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]   // each test starts several processes

namespace GrainAnalytics.Silo.Tests.Support;

/// <summary>The program of a cluster's node.</summary>
internal static class SiloProgram
{
    private static readonly string Program = typeof(SiloProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "SiloProgram").Value!;

    /// <inheritdoc cref="ServerProcess.Start"/>
    public static ServerProcess Start(IEnumerable<KeyValuePair<string, string>> settings) => ServerProcess.Start(Program, settings);
}
