using Spectre.Console;

namespace GrainAnalytics.Cli.Output;

/// <summary>A progress bar on a terminal; nothing where the output is a file or a pipe.</summary>
internal sealed class Bar
{
    private readonly ProgressTask? _task;

    private Bar(ProgressTask? task) => _task = task;

    /// <summary>Runs work with a bar, which is drawn on standard error: the report alone is on standard output.</summary>
    public static async Task<T> RunAsync<T>(string title, Func<Bar, Task<T>> work)
    {
        if (Console.IsErrorRedirected || Console.IsOutputRedirected) return await work(new Bar(null));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(progress => work(new Bar(progress.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    /// <summary>Moves the bar.</summary>
    /// <param name="done">From 0 to 1.</param>
    /// <param name="text">Stands before it.</param>
    public void Set(double done, string text)
    {
        if (_task is null) return;
        _task.Value = Math.Clamp(done, 0, 1);
        _task.Description = Markup.Escape(text);
    }
}
