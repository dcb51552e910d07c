using System.Globalization;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Admin;

/// <summary>PUT /v1/admin/sites/{siteId}/time-zone: in which time zone a site's days are.</summary>
internal static class TimeZoneApi
{
    private const int MostOpen = 100;

    private static readonly (int, string, string) NoSite = (404, "no-such-site", "There is no site with this number.");

    private static ApiOperation Set { get; } = new("setSiteTimeZone", "Administration", "Changes a site's time zone")
    {
        Description = "As a job: until it is done everything is of the old days, then of the new ones. Days from before the raw events that the site keeps stay days of the old zone. "
            + "200 when the site has the zone already and no job is about to change it.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [new("siteId", "The site's number.", Shape.Whole("From the list of sites.", 1), "1", IsInPath: true)],
        Bodies = [new("application/json", Shape.Members(("timeZone", Shape.Text("IANA name."))), """{"timeZone":"Asia/Kolkata"}""")],
        Answers =
        [
            JobsDescriptions.Answer(202, "The job that does it, also when it was asked for before and is not over."),
            new(200, "Nothing is to be done.", new ApiContent("application/json", Shape.Members(("siteId", Shape.Whole("Its number.")), ("timeZone", Shape.Text("IANA name."))),
                """{"siteId":1,"timeZone":"Asia/Kolkata"}""")),
        ],
        Problems = [(400, "invalid-parameter", "timeZone: must be an IANA time zone that this server knows, such as Europe/Berlin."), NoSite, .. DeadLetterDescriptions.Refusals],
    };

    public static void MapTimeZone(this IEndpointRouteBuilder routes)
    {
        var (sites, jobs) = (routes.Service<ISiteStore>(), routes.Service<IJobStore>());
        routes.MapPut("/v1/admin/sites/{siteId}/time-zone", AdminEndpoint.Create(routes.Service<OperatorGuard>(), SetAsync)).WithKind(EndpointKind.Admin).WithMetadata(Set);

        async Task SetAsync(HttpContext http, CancellationToken cancel)
        {
            var body = await JsonFields.ReadAsync(http.Request, cancel);
            var zone = body.Text("timeZone");
            if (zone is not null && !TimeZoneChange.IsZone(zone)) body.Error("timeZone", "must be an IANA time zone that this server knows, such as Europe/Berlin.");
            if (body.HasErrors)
            {
                await body.WriteErrorsAsync(http);
                return;
            }
            // As the database has it: what this server remembers may be of before a change.
            if (!int.TryParse((string)http.Request.RouteValues["siteId"]!, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || await sites.ReadAsync(id, cancel) is not { } site)
            {
                await Problems.WriteAsync(http, NoSite.Item1, NoSite.Item2, NoSite.Item3);
                return;
            }
            var open = (await jobs.ListAsync(new JobFilter(Kind: JobKinds.TimeZone, SiteId: id), null, MostOpen, cancel)).Jobs
                .FirstOrDefault(job => job.State is JobState.Waiting or JobState.Running);
            if (open is null && site.Clock.TimeZoneId == zone)
            {
                SitesJson.Write(http, 200, json =>
                {
                    json.WriteNumber("siteId"u8, id);
                    json.WriteString("timeZone"u8, zone);
                });
                return;
            }
            // Jobs of a site run one after the other, the one that was asked for last at last.
            if (open is null || TimeZoneChange.Of(open.Arguments) != zone)
                open = await jobs.FindAsync((await jobs.AddAsync([TimeZoneChange.Job(id, zone!)], cancel))[0], cancel);
            if (open is null) await Problems.WriteAsync(http, 404, "no-such-job", "There is no job of this number, or no longer.");
            else SitesJson.Write(http, 202, json => JobJson.Write(json, open));
        }
    }
}
