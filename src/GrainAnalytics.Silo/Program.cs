using GrainAnalytics.Silo;
using GrainAnalytics.Web.Hosting;

return await ServerProgram.RunAsync(Server.Build(args));
