using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects;

/// <summary>Marks a path of another product's: its vendor describes it, and docs/sdk.md what is made of it.</summary>
internal sealed record DialectPath;

/// <summary>Maps the paths of dialects, each with the answer for browsers that ask before they send.</summary>
internal sealed class DialectRoutes(IEndpointRouteBuilder routes, DialectHandler handler)
{
    private static readonly DialectPath Mark = new();

    /// <summary>Maps a path that takes events, with and without a slash at its end.</summary>
    public void Map(string path, Dialect dialect, params string[] methods) => Answer(path, handler.For(dialect), methods.Length == 0 ? ["POST"] : methods);

    /// <summary>Maps a path that is answered otherwise.</summary>
    public void Answer(string path, string method, RequestDelegate answer) => Answer(path, answer, [method]);

    private void Answer(string path, RequestDelegate answer, string[] methods)
    {
        var allowed = string.Join(", ", methods);
        routes.MapMethods(path, methods, answer).WithKind(EndpointKind.Events).WithMetadata(Mark);
        routes.MapMethods(path, [HttpMethods.Options], (RequestDelegate)(http => CrossOrigin.AnswerPreflight(http, allowed))).WithKind(EndpointKind.Events).WithMetadata(Mark);
    }
}
