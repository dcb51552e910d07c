namespace GrainAnalytics.Testing;

/// <summary>Another choice of victims and pauses in every run, printed so that a failed one can be made again.</summary>
public static class Seed
{
    private const string Variable = "GRAINANALYTICS_TEST_SEED";

    /// <summary>The seed of the environment, or a new one.</summary>
    /// <param name="say">Prints it.</param>
    public static int Choose(Action<string> say)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(Variable), out var given) ? given : Random.Shared.Next();
        say($"{Variable}={seed}");
        return seed;
    }
}
