using System.Net.Sockets;
using System.Text;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>A connection that sends exactly what a test says, as no well-behaved client would.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    /// <summary>True from an answer's first byte on.</summary>
    public bool IsAnswering { get; private set; }

    private RawConnection(TcpClient client) => (_client, _stream) = (client, client.GetStream());

    public static async Task<RawConnection> OpenAsync(HttpClient server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.BaseAddress!.Host, server.BaseAddress.Port);
        return new RawConnection(client);
    }

    /// <summary>A request's head, ready to send.</summary>
    public static string Head(string request, params string[] headers) =>
        $"{request} HTTP/1.1\r\nHost: server\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    /// <summary>Sends as long as the server takes it.</summary>
    /// <returns>False when the server closed the connection.</returns>
    public async Task<bool> TrySendAsync(string text)
    {
        try
        {
            await SendAsync(text);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The next answer; status 0 when the server closed the connection without one.</summary>
    public async Task<RawAnswer> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadByteAsync(patience.Token) is not { } next) return new RawAnswer(0, head.ToString(), "");
            head.Append((char)next);
        }
        var text = head.ToString();
        var body = new StringBuilder();
        for (var left = RawAnswer.Length(text); left > 0; left--) body.Append((char)(await ReadByteAsync(patience.Token) ?? throw new InvalidOperationException("Half an answer.")));
        return new RawAnswer(int.Parse(text.Split(' ')[1]), text, body.ToString());
    }

    /// <summary>Waits until the server ends the connection; what it still sends is dropped.</summary>
    public async Task UntilClosedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await ReadByteAsync(patience.Token) is not null) { }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return default;
    }

    private async Task<byte?> ReadByteAsync(CancellationToken patience)
    {
        var one = new byte[1];
        try
        {
            if (await _stream.ReadAsync(one, patience) != 1) return null;
            IsAnswering = true;
            return one[0];
        }
        catch (IOException)
        {
            return null;        // reset: closed all the same
        }
    }
}

/// <summary>An answer as it came.</summary>
internal sealed record RawAnswer(int Status, string Head, string Body)
{
    public string? Header(string name) => Head.Split("\r\n").Skip(1).Select(line => line.Split(": ", 2))
        .FirstOrDefault(parts => parts[0].Equals(name, StringComparison.OrdinalIgnoreCase))?[1];

    /// <summary>Asserts a problem.</summary>
    public void IsProblem(int status, string code)
    {
        Assert.True(Status == status, $"{Head}{Body}");
        Assert.Equal("application/problem+json", Header("Content-Type"));
        Assert.Contains($"\"type\":\"urn:grainanalytics:{code}\"", Body);
    }

    public static int Length(string head) => new RawAnswer(0, head, "").Header("Content-Length") is { } length ? int.Parse(length) : 0;
}
