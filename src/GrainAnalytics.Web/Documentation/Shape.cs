using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Documentation;

/// <summary>Short names for the schemas that descriptions are made of.</summary>
internal static class Shape
{
    /// <summary>The schema of an event as lookups show it, among the document's components.</summary>
    public const string EventName = "Event";

    /// <summary>The schema of a problem, among the document's components.</summary>
    public const string ProblemName = "Problem";

    public static IOpenApiSchema Event => new OpenApiSchemaReference(EventName);

    public static IOpenApiSchema Problem => new OpenApiSchemaReference(ProblemName);

    public static OpenApiSchema Text(string description, string? format = null) =>
        new() { Type = JsonSchemaType.String, Description = description, Format = format };

    public static OpenApiSchema OptionalText(string description) =>
        new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = description };

    public static OpenApiSchema Id(string description) =>
        new() { Type = JsonSchemaType.String, Description = description, MinLength = 1, MaxLength = 200 };

    public static OpenApiSchema Time(string description) => Text(description, "date-time");

    public static OpenApiSchema Date(string description) => Text(description, "date");

    public static OpenApiSchema Whole(string description, int? least = null, int? most = null) => new()
    {
        Type = JsonSchemaType.Integer, Description = description, Minimum = least?.ToString(), Maximum = most?.ToString(),
    };

    public static OpenApiSchema Number(string description) => new() { Type = JsonSchemaType.Number, Description = description };

    public static OpenApiSchema Flag(string description) => new() { Type = JsonSchemaType.Boolean, Description = description };

    public static OpenApiSchema Word(string description, params string[] words) =>
        new() { Type = JsonSchemaType.String, Description = description, Enum = [.. words.Select(word => System.Text.Json.Nodes.JsonValue.Create(word)!)] };

    public static OpenApiSchema List(IOpenApiSchema of, string? description = null) =>
        new() { Type = JsonSchemaType.Array, Items = of, Description = description };

    public static OpenApiSchema Anything(string description) => new() { Type = JsonSchemaType.Object, Description = description };

    /// <summary>An object whose members are all always there.</summary>
    public static OpenApiSchema Members(params (string Name, IOpenApiSchema Schema)[] members) =>
        WithOptional([.. members.Select(member => member.Name)], members);

    /// <summary>An object of which only some members are always there.</summary>
    public static OpenApiSchema WithOptional(IReadOnlyList<string> required, params (string Name, IOpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Required = required.ToHashSet(),
        Properties = members.ToDictionary(member => member.Name, member => member.Schema),
    };
}
