using System.Text.Json.Nodes;
using GrainAnalytics.Web.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Documentation;

/// <summary>Writes the OpenAPI document from the descriptions that endpoints carry.</summary>
internal sealed class DocumentTransformer(EndpointDataSource endpoints) : IOpenApiDocumentTransformer
{
    /// <summary>Keys, as descriptions name them.</summary>
    public const string WriteKey = "writeKey", ApiKey = "apiKey", OperatorToken = "operatorToken";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "GrainAnalytics",
            Version = "v1",
            Description = "Events in, exactly once; journeys, sessions and daily statistics out. JSON is camelCase; snake_case names of "
                + "the same fields are accepted on input. Errors are application/problem+json with a stable `type`.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components = new OpenApiComponents
        {
            Schemas = new Dictionary<string, IOpenApiSchema> { [Shape.EventName] = SharedShapes.Event(), [Shape.ProblemName] = SharedShapes.Problem() },
            SecuritySchemes = Schemes(),
        };
        document.Paths = [];
        document.Tags = new HashSet<OpenApiTag>();
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
            if (endpoint.Metadata.GetMetadata<ApiOperation>() is { } operation) Add(document, endpoint, operation);
        return Task.CompletedTask;
    }

    private static void Add(OpenApiDocument document, RouteEndpoint endpoint, ApiOperation operation)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        var method = new HttpMethod(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);
        if (!document.Paths.TryGetValue(path, out var item)) document.Paths[path] = item = new OpenApiPathItem { Operations = [] };
        document.Tags!.Add(new OpenApiTag { Name = operation.Tag });
        item.Operations!.Add(method, Operation(document, operation));
    }

    private static OpenApiOperation Operation(OpenApiDocument document, ApiOperation operation)
    {
        var responses = new OpenApiResponses();
        foreach (var answer in operation.Answers)
            responses[answer.Status.ToString()] = new OpenApiResponse { Description = answer.Description, Content = Content(answer.Contents) };
        foreach (var problems in operation.Problems.GroupBy(problem => problem.Status))
            responses[problems.Key.ToString()] = Problem([.. problems]);
        return new OpenApiOperation
        {
            OperationId = operation.Id,
            Summary = operation.Summary,
            Description = operation.Description,
            Tags = new HashSet<OpenApiTagReference> { new(operation.Tag, document) },
            Parameters = [.. operation.Parameters.Select(Parameter)],
            RequestBody = operation.Bodies.Count == 0 ? null : new OpenApiRequestBody { Required = true, Content = Content(operation.Bodies) },
            Responses = responses,
            Security = operation.Key is null ? [] : [.. Alternatives(operation.Key).Select(scheme =>
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })],
        };
    }

    private static IOpenApiParameter Parameter(ApiParameter parameter) => new OpenApiParameter
    {
        Name = parameter.Name,
        In = parameter.IsInPath ? ParameterLocation.Path : ParameterLocation.Query,
        Required = parameter.IsInPath || parameter.IsRequired,
        Description = parameter.Description,
        Schema = parameter.Schema,
        Example = int.TryParse(parameter.Example, out var number) ? JsonValue.Create(number) : JsonValue.Create(parameter.Example),
    };

    private static OpenApiResponse Problem(IReadOnlyList<(int Status, string Code, string Detail)> problems)
    {
        var (status, code, detail) = problems[0];
        var example = new JsonObject
        {
            ["type"] = $"urn:grainanalytics:{code}",
            ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = detail,
        };
        return new OpenApiResponse
        {
            Description = string.Join(", ", problems.Select(problem => $"`{problem.Code}`")),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Problems.ContentType] = new OpenApiMediaType { Schema = Shape.Problem, Example = example },
            },
        };
    }

    private static Dictionary<string, OpenApiMediaType> Content(IEnumerable<ApiContent> contents) => contents.ToDictionary(
        content => content.MediaType,
        content => new OpenApiMediaType
        {
            Schema = content.Schema,
            Example = content.MediaType == "application/json" ? JsonNode.Parse(content.Example) : JsonValue.Create(content.Example),
        });

    // A key may stand in three places; the operator's token only in one.
    private static string[] Alternatives(string key) => key == OperatorToken ? [key] : [key, key + "Header", key + "Query"];

    private static Dictionary<string, IOpenApiSecurityScheme> Schemes()
    {
        var schemes = new Dictionary<string, IOpenApiSecurityScheme> { [OperatorToken] = Bearer("The operator's token: for administration always, for operations only with Operations:RequireToken.") };
        foreach (var (name, what) in new[] { (WriteKey, "The site's write key (public, may only send) or API key."), (ApiKey, "The site's API key (secret, may read).") })
        {
            schemes[name] = Bearer(what);
            schemes[name + "Header"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Write-Key", Description = what };
            schemes[name + "Query"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Query, Name = "writeKey", Description = what };
        }
        return schemes;
    }

    private static OpenApiSecurityScheme Bearer(string description) => new() { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = description };
}
