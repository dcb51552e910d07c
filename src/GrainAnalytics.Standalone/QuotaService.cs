using GrainAnalytics.Core.Quotas;

namespace GrainAnalytics.Standalone;

/// <summary>After the last request: gives back what was set apart of sites' quotas and not used.</summary>
internal sealed class QuotaService(QuotaGate gate, LocalQuotas quotas) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await gate.CloseAsync(cancellationToken);
        await quotas.CloseAsync(cancellationToken);
    }
}
