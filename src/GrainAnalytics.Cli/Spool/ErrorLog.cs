using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Cli.Spool;

/// <summary>Warnings and errors as lines on standard error.</summary>
internal sealed class ErrorLog : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Console.Error.WriteLine(exception is null ? formatter(state, null) : $"{formatter(state, exception)} ({exception.Message})");
    }

    public void Dispose()
    {
    }
}
