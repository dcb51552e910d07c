using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Finds bad settings before anything starts.</summary>
public static class StartupCheck
{
    /// <summary>What is wrong with the settings, a line each; empty when nothing is.</summary>
    /// <remarks>The host checks too, but by then it answers with a stack trace.</remarks>
    public static IReadOnlyList<string> FindFaults(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return [.. e.InnerExceptions.SelectMany(inner => ((OptionsValidationException)inner).Failures)];
        }
        catch (InvalidOperationException e)
        {
            return [e.Message];     // a value that cannot be converted; the binder's message names it
        }
    }
}
