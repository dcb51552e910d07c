namespace GrainAnalytics.Web.Http;

/// <summary>Shorthands for mapping bare request delegates.</summary>
internal static class EndpointExtensions
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps GET and, answered alike but without its body, HEAD.</summary>
    public static IEndpointConventionBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler) =>
        routes.MapMethods(pattern, Reading, handler);

    /// <summary>Names the endpoint's kind for metrics.</summary>
    public static IEndpointConventionBuilder WithKind(this IEndpointConventionBuilder endpoint, EndpointKind kind) =>
        endpoint.WithMetadata(new EndpointKindMetadata(kind));

    /// <summary>A service that must be there.</summary>
    public static T Service<T>(this IEndpointRouteBuilder routes) where T : notnull => routes.ServiceProvider.GetRequiredService<T>();
}
