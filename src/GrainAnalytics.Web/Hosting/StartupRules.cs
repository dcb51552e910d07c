using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Enrichment;
using GrainAnalytics.Web.Limits;
using GrainAnalytics.Web.Operations;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Rules between options, which attributes on single properties cannot say. Breaking one stops the start.</summary>
internal sealed class StartupRules(IConfiguration configuration)
    : IValidateOptions<IngestOptions>, IValidateOptions<BootstrapOptions>, IValidateOptions<OperationsOptions>,
      IValidateOptions<ProxyOptions>, IValidateOptions<EnrichmentOptions>
{
    public ValidateOptionsResult Validate(string? name, IngestOptions options) => Check(
        (options.MaxFlushSize < options.FlushSize,
            $"Ingest:MaxFlushSize ({options.MaxFlushSize}) must not be smaller than Ingest:FlushSize ({options.FlushSize})."),
        (options.EmergencyThreshold < options.FlushSize,
            $"Ingest:EmergencyThreshold ({options.EmergencyThreshold}) must not be smaller than Ingest:FlushSize ({options.FlushSize})."),
        (options.MaxWait > options.AnswerWithin,
            $"Ingest:MaxWait ({options.MaxWait}) must not be longer than Ingest:AnswerWithin ({options.AnswerWithin})."),
        (options.MaxBodyMemory < 4L * options.MaxBodyBytes,
            $"Ingest:MaxBodyMemory ({options.MaxBodyMemory}) must be at least four times Ingest:MaxBodyBytes ({options.MaxBodyBytes})."));

    public ValidateOptionsResult Validate(string? name, ProxyOptions options) =>
        options.Read().Fault is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;

    public ValidateOptionsResult Validate(string? name, EnrichmentOptions options) => Check(
        (!options.IsHeaderName, $"Enrichment:CountryHeader \"{options.CountryHeader}\" is no header's name such as CF-IPCountry."),
        (options.Header is not null && string.IsNullOrWhiteSpace(configuration[$"{ProxyOptions.Section}:{nameof(ProxyOptions.Trusted)}"]),
            "Enrichment:CountryHeader needs the proxy that writes it in Proxy:Trusted: anybody else could choose a country."));

    public ValidateOptionsResult Validate(string? name, BootstrapOptions options) => Check(
        (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _),
            $"Bootstrap:TimeZone \"{options.TimeZone}\" is no time zone that this machine knows; give an IANA name such as Europe/Berlin."),
        (!string.IsNullOrEmpty(options.WriteKey) && options.WriteKey == options.ApiKey,
            "Bootstrap:WriteKey and Bootstrap:ApiKey must differ: the write key is public."));

    public ValidateOptionsResult Validate(string? name, OperationsOptions options) => Check(
        (options.RequireToken && string.IsNullOrEmpty(configuration[$"{BootstrapOptions.Section}:{nameof(BootstrapOptions.AdminToken)}"]),
            "Operations:RequireToken needs a Bootstrap:AdminToken."));

    private static ValidateOptionsResult Check(params ReadOnlySpan<(bool IsBroken, string Message)> rules)
    {
        var failures = new List<string>();
        foreach (var (isBroken, message) in rules) if (isBroken) failures.Add(message);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
