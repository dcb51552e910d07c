using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Stands between servers and their database, and can be the network that fails between them.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = new();
    private volatile bool _isCut;

    private TcpProxy(int target)
    {
        _target = target;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Starts a proxy for a port of this machine.</summary>
    public static TcpProxy Start(int target) => new(target);

    /// <summary>Connections are reset, and new ones as soon as they are made.</summary>
    public void Cut()
    {
        _isCut = true;
        foreach (var socket in _sockets.Keys) Reset(socket);
    }

    /// <summary>Nothing comes through any more, and nobody is told.</summary>
    public void Swallow() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All is well again. What was swallowed arrives late, as packets do that were sent again.</summary>
    public void Restore()
    {
        _isCut = false;
        _open.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        foreach (var socket in _sockets.Keys) Reset(socket);
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_over.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (_over.IsCancellationRequested) return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets.TryAdd(client, 0);
        _sockets.TryAdd(server, 0);
        try
        {
            client.NoDelay = true;
            await _open.Task.WaitAsync(_over.Token);
            if (_isCut) return;
            await server.ConnectAsync(IPAddress.Loopback, _target, _over.Token);
            await await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone; the other is told below.
        }
        finally
        {
            Reset(client);
            Reset(server);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReceiveAsync(buffer, _over.Token)) > 0;)
        {
            await _open.Task.WaitAsync(_over.Token);
            for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _over.Token);
        }
        await _open.Task.WaitAsync(_over.Token);        // its end is a packet too
    }

    private void Reset(Socket socket)
    {
        if (!_sockets.TryRemove(socket, out _)) return;
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);       // RST, not FIN
        }
        catch (SocketException)
        {
            // Not connected, so there is nobody to tell.
        }
        socket.Dispose();
    }
}
