using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests;

/// <summary>The program as a process that logs everything it can, and requests with secrets in every place.</summary>
public sealed class SecretsInLogsTests
{
    // Words that nothing but the requests below has.
    private const string Write = "wk-5e9c1b7a", Api = "ak-77d0c3f2", Admin = "at-0b46e8d9", Unknown = "uk-c41f9a3e", Payload = "pl-93ab2d6c", Signed = "sg-2f8e7a10";

    [Theory]
    [InlineData("Trace"), InlineData("Debug")]
    public async Task No_key_and_no_payload_is_logged_at_any_level(string level)
    {
        await using var database = await TestDatabase.CreateAsync();
        string[] arguments =
        [
            $"--ConnectionStrings:Postgres={database.ConnectionString};Include Error Detail=true", "--urls=http://127.0.0.1:0", $"--Bootstrap:WriteKey={Write}",
            $"--Bootstrap:ApiKey={Api}", $"--Bootstrap:AdminToken={Admin}", $"--Logging:LogLevel:Default={level}", $"--Logging:LogLevel:GrainAnalytics={level}",
            $"--Logging:LogLevel:Microsoft={level}", $"--Logging:LogLevel:Npgsql={level}", "--Logging:Format=json",
            // What an operator may try in order to see requests.
            $"--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics={level}", $"--Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.BadRequests={level}",
            $"--Logging:Console:LogLevel:Microsoft.AspNetCore.Server.Kestrel={level}", $"--Logging:Console:LogLevel:Microsoft.AspNetCore.Hosting={level}",
        ];
        // The same as Support.StandaloneProcess, but everything that is said is kept from the first line on.
        using var process = StandaloneProcess.Start(arguments);
        using var ends = new End(process);
        var said = new StringBuilder();
        var address = new TaskCompletionSource<string>();
        void Keep(object? _, DataReceivedEventArgs line)
        {
            if (line.Data is null) return;
            lock (said) said.AppendLine(line.Data);
            const string Before = "Now listening on: ";
            if (line.Data.IndexOf(Before, StringComparison.Ordinal) is > 0 and var at) address.TrySetResult(line.Data[(at + Before.Length)..].Split('"')[0]);
        }
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var url = new Uri(await address.Task.WaitAsync(TimeSpan.FromMinutes(2)));
        using var client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(2) };
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!(await client.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode) await Task.Delay(20, patience.Token);

        await PoisonAsync(database.ConnectionString);
        var statuses = new SortedSet<int>();
        foreach (var request in Requests())
        {
            using (request)
            using (var response = await client.SendAsync(request)) statuses.Add((int)response.StatusCode);
        }
        foreach (var raw in Malformed) statuses.Add(await SendRawAsync(url, raw));
        // The letters' turn: behind the answers' backs.
        await process.SignalAsync("TERM");
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        process.WaitForExit();

        string log;
        lock (said) log = said.ToString();
        Assert.Superset(new SortedSet<int> { 200, 202, 400, 401, 403, 404, 405, 413, 415 }, statuses);
        // The test would find something: the log has what was allowed to it.
        Assert.Contains("\"LogLevel\":\"Debug\"", log);
        Assert.Contains("22P02", log);
        Assert.Contains("Microsoft.AspNetCore.Routing", log);
        foreach (var secret in new[] { Write, Api, Admin, Unknown, Payload, Signed })
        {
            var at = log.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
            Assert.True(at < 0, at < 0 ? "" : $"{secret}: {log[Math.Max(0, at - 1500)..Math.Min(log.Length, at + 100)]}");
        }
    }

    [Fact]
    public async Task What_is_wrong_with_settings_is_said_without_their_secrets()
    {
        foreach (var arguments in new string[][]
        {
            [$"--ConnectionStrings:Postgres=Host=h;Password={Payload};Nonsense=1"],
            ["--ConnectionStrings:Postgres=Host=h", $"--Bootstrap:WriteKey={Write} x", $"--Bootstrap:ApiKey={Api} x", $"--Bootstrap:AdminToken={Admin} x"],
            ["--ConnectionStrings:Postgres=Host=h", $"--Bootstrap:WriteKey={Write}", $"--Bootstrap:ApiKey={Write}"],
        })
        {
            using var process = StandaloneProcess.Start(arguments);
            var output = process.StandardOutput.ReadToEndAsync();
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(1, process.ExitCode);
            Assert.NotEmpty(error);
            foreach (var secret in new[] { Write, Api, Admin, Payload }) Assert.DoesNotContain(secret, error + await output);
        }
    }

    // Refuses some rows with words and a context that repeat them.
    private static async Task PoisonAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("""
            create function refuse() returns trigger language plpgsql as $$
            begin
              if new.type like 'poison%' then
                raise exception 'no % here', new.payload using errcode = substr(new.type, 8), detail = new.payload, hint = new.payload;
              end if;
              return new;
            end $$;
            create trigger refuse before insert on events for each row execute function refuse();
            """);
        await command.ExecuteNonQueryAsync();
    }

    private static IEnumerable<HttpRequestMessage> Requests()
    {
        var good = $$$"""{"type":"t","userId":"u","payload":{"x":"{{{Payload}}}"}}""";
        // Stored, rejected, poisoned, malformed, too large, unreadable; with each key in each place.
        string[] bodies =
        [
            good, $$$"""[{{{good}}},{"type":"t","payload":{"x":"{{{Payload}}}"}},"{{{Payload}}}",{"type":"{{{Payload}}}\u0000","userId":"u"}]""", $$"""{"type":"{{Payload}}" """, Payload,
            $$"""{"type":"t","userId":"u","occurredAt":"{{Payload}}","sentAt":"{{Payload}}"}""", $"[{string.Join(',', Enumerable.Repeat(good, 1001))}]", "[]",
            $$$"""[{{{good}}},{"type":"poison 22P02","userId":"u","payload":{"x":"{{{Payload}}}"}}]""", $$$"""{"type":"poison XX000","userId":"u","payload":{"x":"{{{Payload}}}"}}""",
            $$$"""{"type":"poison P0001","userId":"u","payload":{"x":"{{{Payload}}}"}}""",
        ];
        foreach (var body in bodies)
            foreach (var key in new[] { Write, Api, Unknown })
                for (var place = 0; place < 4; place++)
                {
                    // Poison takes its time; once is enough.
                    if (body.Contains("poison") && (key != Write || place != 0)) continue;
                    yield return With(new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent(body, Encoding.UTF8, "application/json") }, key, place);
                }
        foreach (var encoding in new[] { "gzip", "br", "deflate", Payload })
        {
            var request = With(new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent(good) }, Write, 1);
            request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
            yield return request;
        }
        foreach (var path in new[] { "/v1/journey?userId=u", "/v1/users/u/journey?limit=0", "/v1/sessions/none", "/v1/stats/dau?from=x", "/v1/stats/top-events", "/health", "/nothing", "/v1/events" })
            foreach (var key in new[] { Write, Api, Unknown, Admin })
                for (var place = 0; place < 4; place++) yield return With(new HttpRequestMessage(HttpMethod.Get, path), key, place);
        foreach (var (method, path) in new[] { ("GET", "/v1/admin/dead-letters"), ("POST", "/v1/admin/dead-letters/retry?all=true"), ("POST", "/v1/admin/dead-letters/1/retry"), ("GET", "/v1/admin/dead-letters/none") })
            foreach (var key in new[] { Admin, Api, Unknown }) yield return With(new HttpRequestMessage(new HttpMethod(method), path), key, 0);
        foreach (var body in new[] { $$"""{"key":"{{Write}}","mode":"optional"}""", $$"""{"key":"{{Unknown}}","mode":"off"}""", $$"""{"key":"{{Write}}"}""", $"{{\"key\":\"{Write}" })
            yield return With(new HttpRequestMessage(HttpMethod.Post, "/v1/admin/signing") { Content = new StringContent(body) }, Admin, 0);
        foreach (var signature in new[] { Signed, $"v1={Signed}", "v1=" + new string('0', 64) })
        {
            var request = With(new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent(good) }, Write, 0);
            request.Headers.TryAddWithoutValidation("X-Signature", signature);
            request.Headers.TryAddWithoutValidation("X-Signature-Timestamp", signature.Length > 20 ? DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString() : Signed);
            yield return request;
        }
    }

    // What Kestrel itself refuses, and likes to quote.
    private static string[] Malformed =>
    [
        $"GET /v1/journey?writeKey={Api} HTTP/9.9\r\nHost: x\r\n\r\n",
        $"GET /v1/journey?writeKey={Api}\u0001 HTTP/1.1\r\nHost: x\r\n\r\n",
        $"GET /v1/journey?userId=u HTTP/1.1\r\nHost: x\r\nX-Write-Key: {Api}\u0000\r\n\r\n",
        $"GET /v1/journey?userId=u HTTP/1.1\r\nHost: x\r\nX-Write-Key {Api}\r\n\r\n",
        $"GET /v1/journey?userId=u HTTP/1.1\r\nHost: x {Api}\r\nAuthorization: Bearer {Api}\r\n\r\n",
        $"POST /v1/events?writeKey={Write} HTTP/1.1\r\nHost: x\r\nContent-Length: {Payload}\r\n\r\n",
        $"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Write-Key: {Write}\r\nTransfer-Encoding: chunked\r\n\r\n{Payload}\r\n",
        $"{Payload} {Payload} {Payload}\r\n\r\n",
        $"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Write-Key: {Write}\r\nExpect: {Payload}\r\nContent-Length: 2\r\n\r\n{{}}",
    ];

    private static HttpRequestMessage With(HttpRequestMessage request, string key, int place)
    {
        switch (place)
        {
            case 0: request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}"); break;
            case 1: request.Headers.TryAddWithoutValidation("X-Write-Key", key); break;
            case 2: request.RequestUri = new Uri($"{request.RequestUri}{(request.RequestUri!.ToString().Contains('?') ? '&' : '?')}writeKey={key}", UriKind.Relative); break;
            default: request.Headers.TryAddWithoutValidation("Cookie", $"session={key}"); break;
        }
        return request;
    }

    private static async Task<int> SendRawAsync(Uri url, string request)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(url.Host, url.Port);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        connection.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
            return answer.Length > 12 ? int.Parse(answer.AsSpan(9, 3)) : 0;
        }
        catch (IOException)
        {
            return 0;       // the connection was cut: an answer, too
        }
    }

    // A test that fails leaves no server behind.
    private sealed class End(Process process) : IDisposable
    {
        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
