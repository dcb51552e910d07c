using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Documentation;

/// <summary>GET /api-docs.json and, for people, /api-docs.</summary>
internal static class DocumentationApi
{
    private const string DocumentPath = "/api-docs.json";

    // What Swagger UI needs, all of it from here: it has no script in its page, its icons are data, and it sets styles on
    // elements.
    private const string PagesPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void AddDocumentation(this IServiceCollection services) =>
        services.AddOpenApi(options => options.AddDocumentTransformer<DocumentTransformer>());

    public static void MapDocumentation(this WebApplication app)
    {
        var guard = ((IEndpointRouteBuilder)app).Service<OperatorGuard>();
        app.MapOpenApi(DocumentPath)
            .WithMetadata(OperationsDescriptions.Document)
            .Add(endpoint => endpoint.RequestDelegate = guard.Protect(endpoint.RequestDelegate!));

        // A branch behind an endpoint, and not a middleware in front of all of them.
        var branch = ((IApplicationBuilder)app).New();
        branch.Use((http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = PagesPolicy;
            http.SetEndpoint(null);     // the file middleware leaves requests alone that have one
            return next(http);
        });
        branch.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "api-docs";
            ui.DocumentTitle = "GrainAnalytics API";
            ui.SwaggerEndpoint(DocumentPath, "GrainAnalytics v1");
        });
        var pages = guard.Protect(branch.Build());
        app.MapRead("/api-docs", pages).WithMetadata(OperationsDescriptions.Pages);
        app.MapRead("/api-docs/{**file}", pages);
    }
}
