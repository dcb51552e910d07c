using System.Diagnostics;
using System.Net;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>Asks again when a server says that its database took too long: on a machine that stands still for some seconds that is the right answer. Only what
/// reads, for it is the same whenever it is asked; and only for a while, so that a server which always says so fails its test.</summary>
/// <param name="inner">Sends.</param>
/// <param name="isPatient">False while a test wants those answers; null for always.</param>
internal sealed class PatientHandler(HttpMessageHandler inner, Func<bool>? isPatient = null) : DelegatingHandler(inner)
{
    private static readonly string[] Passing = ["read-timeout", "admin-timeout", "scan-too-long", "metrics-unavailable", "store-unavailable"];

    private long _unavailable;

    /// <summary>Answers 503 that came, those included that were asked for again.</summary>
    public long Unavailable => Volatile.Read(ref _unavailable);

    /// <summary>Whether a problem says that the database took too long.</summary>
    public static bool IsPassing(string problem) => Passing.Any(code => problem.Contains($"\"type\":\"urn:grainanalytics:{code}\"", StringComparison.Ordinal));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var response = await base.SendAsync(request, cancel);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable) return response;
            Interlocked.Increment(ref _unavailable);
            if (isPatient?.Invoke() == false || Stopwatch.GetElapsedTime(since) > Wait.Longest || !await IsPassingAsync(request, response, cancel)) return response;
            response.Dispose();
            await Task.Delay(50, cancel);
        }
    }

    private static async Task<bool> IsPassingAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancel)
    {
        // A HEAD's answer does not say why.
        if (request.Method == HttpMethod.Head) return true;
        if (request.Method != HttpMethod.Get || response.Content.Headers.ContentType?.MediaType != "application/problem+json") return false;
        await response.Content.LoadIntoBufferAsync(cancel);
        return IsPassing(await response.Content.ReadAsStringAsync(cancel));
    }
}
