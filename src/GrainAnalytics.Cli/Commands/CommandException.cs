namespace GrainAnalytics.Cli.Commands;

/// <summary>Ends a command with a message for the person at the keyboard and an exit code; no stack trace is shown.</summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">Says what to do about it, or names what was wrong.</param>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <inheritdoc cref="ExitCode"/>
    public int Code { get; } = exitCode;
}
