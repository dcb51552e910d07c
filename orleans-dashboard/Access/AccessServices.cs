namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>Registers what decides who may look.</summary>
internal static class AccessServices
{
    public static void AddAccess(this IServiceCollection services) =>
        services.AddSingleton<AdminToken>().AddSingleton<Guesses>().AddSingleton<Sessions>().AddSingleton<SessionCookie>().AddSingleton<TokenCheck>();
}
