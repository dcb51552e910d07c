namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>Opens the client's connection beside the web server, however long that takes, and closes it at the end.</summary>
/// <remarks>The framework would start its client before the web server and make that wait for a cluster: nobody could be told
/// what is missing, and a stop would wait too.</remarks>
internal sealed class ClusterConnection(IClusterClient client, ILogger<ClusterConnection> log) : IHostedService, IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private Task _opening = Task.CompletedTask;
    private volatile bool _isOpen;
    private volatile string _reason = "it has not been looked for yet.";

    /// <summary>True once a cluster was found. The client then follows silos that come and go by itself.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Why it was not found.</summary>
    public string Reason => _reason;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _opening = Task.Run(OpenAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        try
        {
            // Not all of the client's start listens to its token; the process ends anyway.
            await _opening.WaitAsync(Farewell, cancellationToken);
            if (_isOpen) await ((IHostedService)client).StopAsync(cancellationToken).WaitAsync(Farewell, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            log.DisconnectFailed(e.Message);
        }
    }

    async Task<bool> IClientConnectionRetryFilter.ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        Say(exception);
        await Task.Delay(Pause, cancellationToken);
        return true;
    }

    private async Task OpenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ((IHostedService)client).StartAsync(_stop.Token);
                _isOpen = true;
                log.ClusterFound();
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Say(e);
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private void Say(Exception error)
    {
        var reason = Reasons.Of(error);
        if (reason == _reason) return;
        _reason = reason;
        log.ClusterAway(reason);
    }
}
