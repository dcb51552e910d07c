using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Documentation;

/// <summary>Describes an endpoint for /api-docs.json. Endpoints here are bare request delegates, of which nothing can be
/// learned by reflection, so each carries its own description as metadata.</summary>
/// <param name="Id">Operation id: names methods in generated clients.</param>
/// <param name="Tag">Group in the document.</param>
/// <param name="Summary">One line.</param>
internal sealed record ApiOperation(string Id, string Tag, string Summary)
{
    /// <summary>More than one line, Markdown.</summary>
    public string? Description { get; init; }

    /// <summary>Which key it needs: a name of <see cref="DocumentTransformer"/>'s schemes, or null for none.</summary>
    public string? Key { get; init; }

    /// <summary>What may stand in the path and the query.</summary>
    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>What may be sent.</summary>
    public IReadOnlyList<ApiContent> Bodies { get; init; } = [];

    /// <summary>What is answered; problems that every endpoint of a kind has are added to these.</summary>
    public IReadOnlyList<ApiAnswer> Answers { get; init; } = [];

    /// <summary>Codes of its problems by status.</summary>
    public IReadOnlyList<(int Status, string Code, string Detail)> Problems { get; init; } = [];
}

/// <summary>A parameter.</summary>
internal sealed record ApiParameter(string Name, string Description, IOpenApiSchema Schema, string Example, bool IsInPath = false, bool IsRequired = false);

/// <summary>A body of one media type, with an example.</summary>
/// <param name="MediaType">Its Content-Type.</param>
/// <param name="Schema">Its shape.</param>
/// <param name="Example">JSON for JSON types, else the text itself.</param>
internal sealed record ApiContent(string MediaType, IOpenApiSchema Schema, string Example);

/// <summary>An answer.</summary>
internal sealed record ApiAnswer(int Status, string Description, params IReadOnlyList<ApiContent> Contents);
