namespace GrainAnalytics.Web.Http;

/// <summary>What an endpoint is called in metrics: a closed set, so that no client can make new series.</summary>
internal enum EndpointKind
{
    Other,
    Events,
    Journey,
    Session,
    Stats,
    Live,
    Admin,
    Export,
}

/// <summary>Marks an endpoint with its kind.</summary>
internal sealed record EndpointKindMetadata(EndpointKind Kind);
