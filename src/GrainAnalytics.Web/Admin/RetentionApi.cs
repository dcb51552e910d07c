using System.Globalization;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Admin;

/// <summary>/v1/admin/sites/{siteId}/retention: how long a site keeps its raw events.</summary>
internal static class RetentionApi
{
    private const string Path = "/v1/admin/sites/{siteId}/retention";

    public static void MapRetention(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var store = routes.Service<IRetentionStore>();
        routes.MapRead(Path, AdminEndpoint.Create(guard, ReadAsync)).WithKind(EndpointKind.Admin).WithMetadata(Description("getSiteRetention", "How long a site keeps its raw events"));
        routes.MapPut(Path, AdminEndpoint.Create(guard, SetAsync)).WithKind(EndpointKind.Admin).WithMetadata(Description("setSiteRetention", "Sets how long a site keeps its raw events") with
        {
            Description = "Events of earlier days are removed by the next nightly job `retention`, or by one that is started; statistics that come from rollups stay. "
                + "What was removed does not return when more is kept, and is a duplicate when it is sent again.",
            Bodies = [new("application/json", Shape.WithOptional([], ("keepDays", KeepDays)), """{"keepDays":365}""")],
        });

        async Task ReadAsync(HttpContext http, CancellationToken cancel) =>
            await AnswerAsync(http, SiteId(http) is { } siteId ? await store.ReadAsync(siteId, cancel) : null);

        async Task SetAsync(HttpContext http, CancellationToken cancel)
        {
            var body = await JsonFields.ReadAsync(http.Request, cancel);
            var days = (int?)body.Number("keepDays", SiteRetention.LeastDays, SiteRetention.MostDays);
            if (body.HasErrors) await body.WriteErrorsAsync(http);
            else await AnswerAsync(http, SiteId(http) is { } siteId ? await store.SetAsync(siteId, days, cancel) : null);
        }
    }

    private static OpenApiSchema KeepDays => new()
    {
        Type = JsonSchemaType.Integer | JsonSchemaType.Null, Description = "Days before today that are kept; null or absent: forever.",
        Minimum = $"{SiteRetention.LeastDays}", Maximum = $"{SiteRetention.MostDays}",
    };

    private static Task AnswerAsync(HttpContext http, SiteRetention? retention)
    {
        if (retention is null) return Problems.WriteAsync(http, 404, "no-such-site", "There is no site with this number.");
        SitesJson.Write(http, 200, json =>
        {
            if (retention.KeepDays is { } days) json.WriteNumber("keepDays"u8, days);
            else json.WriteNull("keepDays"u8);
            json.WriteString("keptFrom"u8, retention.KeptFrom is { } from ? Instant.ToText(from) : null);
        });
        return Task.CompletedTask;
    }

    private static int? SiteId(HttpContext http) =>
        int.TryParse((string)http.Request.RouteValues["siteId"]!, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static ApiOperation Description(string id, string summary) => new(id, "Administration", summary)
    {
        Key = DocumentTransformer.OperatorToken,
        Parameters = [new("siteId", "The site's number.", Shape.Whole("From the list of sites.", 1), "1", IsInPath: true)],
        Answers = [new(200, "What holds.", new ApiContent("application/json", Shape.Members(("keepDays", KeepDays),
            ("keptFrom", new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Format = "date-time", Description = "Raw events before it are removed; null while none were." })),
            """{"keepDays":365,"keptFrom":"2025-01-31T23:00:00.000Z"}"""))],
        Problems = [(400, "invalid-parameter", "keepDays: must be null or a whole number from 2 to 36500."), (404, "no-such-site", "There is no site with this number."),
            .. DeadLetterDescriptions.Refusals],
    };
}
