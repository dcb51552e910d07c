using GrainAnalytics.Core.DeadLetters;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Writes the rejected rows that still wait when the server stops, after its last request.</summary>
internal sealed class LetterboxService(Letterbox letters) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        await letters.StopAsync(patience.Token);
    }
}
