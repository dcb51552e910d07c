using GrainAnalytics.Core.Quotas;

namespace GrainAnalytics.Silo;

/// <summary>After the last request, while the silo is still there: gives back what this front did not use of its leases.</summary>
internal sealed class QuotaService(QuotaGate gate) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => gate.CloseAsync(cancellationToken);
}
