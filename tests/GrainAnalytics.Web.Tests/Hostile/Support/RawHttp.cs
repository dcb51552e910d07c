using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Web.Tests.Hostile.Support;

/// <summary>What a server answered on a connection until it closed it.</summary>
/// <param name="Text">All of it.</param>
/// <param name="IsGivenUp">The client closed its side first: an answer to what was asked before may not have come any more.</param>
internal sealed record RawAnswer(string Text, bool IsGivenUp = false)
{
    /// <summary>Status of each response, in order.</summary>
    public int[] Statuses => [.. Regex.Matches(Text, "HTTP/1\\.1 ([0-9]{3}) ").Select(line => int.Parse(line.Groups[1].Value))];
}

/// <summary>Bytes on a socket: an HTTP client would repair or refuse what these tests send.</summary>
internal static class RawHttp
{
    /// <summary>The request that shall be the last on a connection: 200, and then the server closes.</summary>
    public const string Last = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    /// <summary>Sends bytes (one a character) and reads until the server closes the connection.</summary>
    public static async Task<RawAnswer> SendAsync(Uri server, string latin1)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var stream = client.GetStream();
        var sending = SendAllAsync(stream, Encoding.Latin1.GetBytes(latin1));
        var answer = await Wait.ForAsync(ReadAllAsync(stream), $"the end of the connection after {latin1[..Math.Min(200, latin1.Length)]}");
        await sending;
        return new RawAnswer(answer);
    }

    /// <summary>Sends bytes of which it is not known where their request ends, if anywhere: after an answer, or when none comes for a
    /// while, the client closes its side.</summary>
    public static async Task<RawAnswer> TryAsync(Uri server, byte[] bytes, TimeSpan patience)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        var stream = client.GetStream();
        await SendAllAsync(stream, bytes);
        var answer = ReadAllAsync(stream);
        await Task.WhenAny(answer, Task.Delay(patience));
        var isGivenUp = !answer.IsCompleted;
        if (client.Connected) client.Client.Shutdown(SocketShutdown.Send);
        return new RawAnswer(await Wait.ForAsync(answer, $"the end of the connection after {Convert.ToHexString(bytes)}"), isGivenUp);
    }

    // A server that has said no need not take the rest.
    private static async Task SendAllAsync(NetworkStream stream, byte[] bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown })
        {
            return;
        }
    }

    private static async Task<string> ReadAllAsync(NetworkStream stream)
    {
        var answer = new StringBuilder();
        var buffer = new byte[65536];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer)) > 0) answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // It closed before it had read everything: what it said until then counts.
            return answer.ToString();
        }
        return answer.ToString();
    }
}
