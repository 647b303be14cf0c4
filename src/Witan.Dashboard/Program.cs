using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
using Witan.Dashboard;
using Witan.Dashboard.Parts;

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<App>("#app");
builder.RootComponents.Add<HeadOutlet>("head::after");
builder.Services.AddSingleton(new ServerAddress(new Uri(builder.HostEnvironment.BaseAddress)));
builder.Services.AddSingleton<Browser>();
builder.Services.AddSingleton<Session>();
builder.Services.AddSingleton<Live>();
await builder.Build().RunAsync();
