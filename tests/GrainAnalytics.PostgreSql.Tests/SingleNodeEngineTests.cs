using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>The single-node engine keeps the contract of all engines.</summary>
public sealed class SingleNodeEngineTests(PostgresFixture postgres) : EngineContract(postgres), IClassFixture<PostgresFixture>
{
    protected override Task<RunningEngine> StartAsync(EngineOptions engine, IngestOptions ingest)
    {
        var started = Postgres.StartSingleNode(engine, ingest);
        return Task.FromResult(new RunningEngine(started, started.DisposeAsync));
    }
}
