using System.Globalization;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Admin;

/// <summary>/v1/admin/jobs: the job queue.</summary>
internal static class JobsApi
{
    private const string All = "/v1/admin/jobs", One = All + "/{id}";

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var handler = new Handler(routes.Service<IJobStore>(), routes.Service<ISiteDirectory>(), routes.Service<TimeProvider>());
        routes.MapRead(All, AdminEndpoint.Create(guard, handler.ListAsync)).WithKind(EndpointKind.Admin).WithMetadata(JobsDescriptions.List);
        routes.MapRead(One, AdminEndpoint.Create(guard, handler.FindAsync)).WithKind(EndpointKind.Admin).WithMetadata(JobsDescriptions.Find);
        routes.MapPost(All, AdminEndpoint.Create(guard, handler.StartAsync)).WithKind(EndpointKind.Admin).WithMetadata(JobsDescriptions.Start);
        routes.MapPost(One + "/retry", AdminEndpoint.Create(guard, handler.RetryAsync)).WithKind(EndpointKind.Admin).WithMetadata(JobsDescriptions.Retry);
        routes.MapPost(One + "/cancel", AdminEndpoint.Create(guard, handler.CancelAsync)).WithKind(EndpointKind.Admin).WithMetadata(JobsDescriptions.Cancel);
    }

    private sealed class Handler(IJobStore store, ISiteDirectory sites, TimeProvider time)
    {
        private static readonly string[] States = [.. Enum.GetNames<JobState>().Select(name => name.ToLowerInvariant())];

        public async Task ListAsync(HttpContext http, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var state = OneOf(parameters, "state", States);
            var kind = OneOf(parameters, "kind", JobKinds.All);
            var site = parameters.Number("site", 1, int.MaxValue, 0);
            var (before, limit) = (LetterQuery.Cursor(parameters), parameters.Number("limit", 1, 200, 50));
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            var filter = new JobFilter(state is null ? null : Enum.Parse<JobState>(state, ignoreCase: true), kind, site == 0 ? null : site);
            var (jobs, hasMore) = await store.ListAsync(filter, before, limit, cancel);
            SitesJson.Write(http, 200, json =>
            {
                json.WriteNumber("count"u8, jobs.Count);
                json.WriteStartArray("jobs"u8);
                foreach (var job in jobs)
                {
                    json.WriteStartObject();
                    JobJson.Write(json, job);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteString("nextCursor"u8, hasMore ? jobs[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
            });
        }

        public async Task FindAsync(HttpContext http, CancellationToken cancel)
        {
            if (await JobAsync(http, cancel) is { } job) SitesJson.Write(http, 200, json => JobJson.Write(json, job));
        }

        public async Task StartAsync(HttpContext http, CancellationToken cancel)
        {
            var body = await JsonFields.ReadAsync(http.Request, cancel);
            var kind = body.Text("kind");
            if (kind is not null && !JobKinds.Startable.Contains(kind)) body.Error("kind", $"must be one of {string.Join(", ", JobKinds.Startable)}.");
            var siteId = (int?)body.Number("siteId", 1, int.MaxValue);
            if (siteId is null) body.Error("siteId", "is required and must be a site's number.");
            var day = kind == JobKinds.Recount ? DateOf(body) : null;
            if (body.HasErrors)
            {
                await body.WriteErrorsAsync(http);
                return;
            }
            if (await sites.FindAsync(siteId!.Value, cancel) is not { } site)
            {
                await Problems.WriteAsync(http, 404, "no-such-site", "There is no site with this number.");
                return;
            }
            if (day > site.Clock.DayOf(time.NowMicroseconds()).AddDays(1))
            {
                await Problems.WriteParametersAsync(http, new Dictionary<string, string> { ["date"] = "must not lie in the future." });
                return;
            }
            var arguments = day is { } date ? $$"""{"date":"{{date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}}"}""" : "{}";
            var id = (await store.AddAsync([new NewJob(kind!, siteId, arguments)], cancel))[0];
            if (await store.FindAsync(id, cancel) is { } job) SitesJson.Write(http, 201, json => JobJson.Write(json, job));
            else await NoSuchJobAsync(http);
        }

        public Task RetryAsync(HttpContext http, CancellationToken cancel) =>
            ChangeAsync(http, store.RetryAsync, "not-retriable", "Only a job that is dead or cancelled can be retried.", cancel);

        public Task CancelAsync(HttpContext http, CancellationToken cancel) => ChangeAsync(http, store.CancelAsync, "not-cancellable", "The job is over.", cancel);

        private async Task ChangeAsync(HttpContext http, Func<long, CancellationToken, Task<bool>> change, string code, string detail, CancellationToken cancel)
        {
            if (await JobAsync(http, cancel) is not { } job) return;
            if (!await change(job.Id, cancel)) await Problems.WriteAsync(http, 409, code, detail);
            else if (await store.FindAsync(job.Id, cancel) is { } now) SitesJson.Write(http, 200, json => JobJson.Write(json, now));
            else await NoSuchJobAsync(http);
        }

        private async Task<StoredJob?> JobAsync(HttpContext http, CancellationToken cancel)
        {
            var job = LetterQuery.TryParseId((string?)http.Request.RouteValues["id"], out var id) ? await store.FindAsync(id, cancel) : null;
            if (job is null) await NoSuchJobAsync(http);
            return job;
        }

        private static Task NoSuchJobAsync(HttpContext http) => Problems.WriteAsync(http, 404, "no-such-job", "There is no job of this number, or no longer.");

        private static DateOnly? DateOf(JsonFields body)
        {
            if (body.Text("date") is not { } text) return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is >= 1970 and < 9998) return date;
            body.Error("date", "must be a date such as 2026-01-31, not before 1970.");
            return null;
        }

        private static string? OneOf(QueryParameters parameters, string name, IReadOnlyList<string> words)
        {
            var word = parameters.Text(name);
            if (word is null || words.Contains(word)) return word;
            parameters.Error(name, $"must be one of {string.Join(", ", words)}.");
            return null;
        }
    }
}
