using Microsoft.JSInterop;

namespace Witan.Dashboard.Parts;

/// <summary>What the browser keeps: the key for as long as its tab lives, the theme for good. The few lines of script are in <c>witan.js</c>.</summary>
public sealed class Browser(IJSRuntime script)
{
    public ValueTask<string?> RecallAsync(string name) => script.InvokeAsync<string?>("witan.recall", name);

    public ValueTask RememberAsync(string name, string value) => script.InvokeVoidAsync("witan.remember", name, value);

    public ValueTask ForgetAsync(string name) => script.InvokeVoidAsync("witan.forget", name);

    /// <summary>The theme that was chosen: <c>light</c>, <c>dark</c>, or <c>system</c>.</summary>
    public ValueTask<string> ThemeAsync() => script.InvokeAsync<string>("witan.theme");

    public ValueTask ChooseThemeAsync(string theme) => script.InvokeVoidAsync("witan.chooseTheme", theme);
}
