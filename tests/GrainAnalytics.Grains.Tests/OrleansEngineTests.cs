using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Grains.Tests;

/// <summary>The Orleans engine keeps the contract of all engines, on one silo.</summary>
public sealed class OneSiloTests(PostgresFixture postgres) : EngineContract(postgres), IClassFixture<PostgresFixture>
{
    protected override async Task<RunningEngine> StartAsync(EngineOptions engine, IngestOptions ingest)
    {
        var cluster = await TestCluster.StartAsync(Postgres, silos: 1, engine, ingest);
        return new RunningEngine(cluster.EngineOf(0), cluster.DisposeAsync);
    }
}

/// <summary>The same on three silos, each call to another one.</summary>
public sealed class ThreeSilosTests(PostgresFixture postgres) : EngineContract(postgres), IClassFixture<PostgresFixture>
{
    protected override async Task<RunningEngine> StartAsync(EngineOptions engine, IngestOptions ingest)
    {
        var cluster = await TestCluster.StartAsync(Postgres, silos: 3, engine, ingest);
        return new RunningEngine(new AnySiloEngine(cluster), cluster.DisposeAsync);
    }
}
