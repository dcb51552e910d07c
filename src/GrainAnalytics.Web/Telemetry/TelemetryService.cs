using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace GrainAnalytics.Web.Telemetry;

/// <summary>Collects the process's metrics: for whoever scrapes /metrics, and for an OTLP collector when one is configured.</summary>
internal sealed class TelemetryService : IHostedService, IDisposable
{
    private readonly PrometheusExporter _exporter = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;
    private readonly SemaphoreSlim _oneScrape = new(1);
    private readonly ILogger<TelemetryService> _log;

    public TelemetryService(IConfiguration configuration, IngestMetrics ingest, LiveMetrics live, DeadLetterMetrics letters, SpoolMetrics spool,
        JobMetrics jobs, ErasureMetrics erasures, ILogger<TelemetryService> log)
    {
        _log = log;
        _reader = new BaseExportingMetricReader(_exporter) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("grain-analytics"))
            .AddMeter(IngestMetrics.MeterName, WriteMetrics.MeterName, LiveMetrics.MeterName, DeadLetterMetrics.MeterName, SpoolMetrics.MeterName, JobMetrics.MeterName, ErasureMetrics.MeterName, WebMetrics.MeterName,
                "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel")
            .AddReader(_reader);
        if (!string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) builder.AddOtlpExporter();
        _provider = builder.Build();
        // Only now is anybody listening: counters that a dashboard needs exist before the first event.
        ingest.Announce();
        live.Announce();
        letters.Announce();
        spool.Announce();
        jobs.Announce();
        erasures.Announce();
    }

    /// <summary>All metrics in Prometheus' text format, or null when collecting failed. One scrape at a time.</summary>
    public async Task<byte[]?> ScrapeAsync(CancellationToken cancel)
    {
        await _oneScrape.WaitAsync(cancel);
        try
        {
            if (_reader.Collect(timeoutMilliseconds: 5000)) return _exporter.TakeText();
            _log.MetricsFailed();
            return null;
        }
        finally
        {
            _oneScrape.Release();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _provider.Dispose();
        _oneScrape.Dispose();
    }
}
