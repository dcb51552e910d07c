using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Page;

/// <summary>The start page: three embedded files. It holds no data; what it shows it asks for with the visitor's own key.</summary>
internal static class PageApi
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/", File("page.html", "text/html; charset=utf-8"));
        routes.MapRead("/page.css", File("page.css", "text/css; charset=utf-8"));
        routes.MapRead("/page.js", File("page.js", "text/javascript; charset=utf-8"));
    }

    private static RequestDelegate File(string name, string contentType)
    {
        var bytes = Read(name);
        return async http =>
        {
            var response = http.Response;
            response.ContentType = contentType;
            response.ContentLength = bytes.Length;
            response.Headers.ContentSecurityPolicy = Policy;
            response.Headers.CacheControl = "no-cache";
            await response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
        };
    }

    private static byte[] Read(string name)
    {
        using var file = typeof(PageApi).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}
