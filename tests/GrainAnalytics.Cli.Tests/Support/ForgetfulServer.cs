using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Cli.Tests.Support;

/// <summary>Stands in front of a real server and shows journeys as that does while its database is away: without what is stored
/// there, and saying so.</summary>
internal sealed class ForgetfulServer : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly WebApplication _app;
    private readonly Uri _server;
    private int _left;

    private ForgetfulServer(WebApplication app, string server, int journeys) => (_app, _server, _left) = (app, new Uri(server), journeys);

    public string Url => _app.Urls.First();

    /// <summary>Starts one.</summary>
    /// <param name="server">The real one.</param>
    /// <param name="journeys">How many journeys it shows so.</param>
    public static async Task<ForgetfulServer> StartAsync(string server, int journeys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var forgetful = new ForgetfulServer(builder.Build(), server, journeys);
        forgetful._app.Urls.Add("http://127.0.0.1:0");
        forgetful._app.Run(forgetful.AnswerAsync);
        await forgetful._app.StartAsync();
        return forgetful;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server, http.Request.GetEncodedPathAndQuery()));
        request.Headers.TryAddWithoutValidation("Authorization", http.Request.Headers.Authorization.ToString());
        using var answer = await _http.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        if (http.Request.Path == "/v1/journey" && answer.IsSuccessStatusCode && Interlocked.Decrement(ref _left) >= 0)
        {
            var journey = JsonNode.Parse(body)!;
            (journey["events"], journey["nextCursor"], journey["partial"]) = (new JsonArray(), null, true);
            body = journey.ToJsonString();
        }
        http.Response.StatusCode = (int)answer.StatusCode;
        await http.Response.WriteAsync(body);
    }
}
