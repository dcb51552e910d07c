using GrainAnalytics.Testing;

namespace GrainAnalytics.OrleansDashboard.Tests.Support;

/// <summary>One silo and the dashboard, as processes, for a class of tests.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private readonly string _data = Directory.CreateTempSubdirectory("grain-dashboard-").FullName;
    private ProgramProcess? _silo, _dashboard;

    internal ProgramProcess Silo => _silo!;

    internal ProgramProcess Dashboard => _dashboard!;

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _silo = ProgramProcess.StartSilo(_postgres, _data);
        _dashboard = ProgramProcess.StartDashboard(_postgres);
        using var client = await DashboardClient.OfAsync(_dashboard);
        await client.UntilReadyAsync();
    }

    public async Task DisposeAsync()
    {
        if (_dashboard is not null) await _dashboard.DisposeAsync();
        if (_silo is not null) await _silo.DisposeAsync();
        Directory.Delete(_data, recursive: true);
        await _postgres.DisposeAsync();
    }
}
