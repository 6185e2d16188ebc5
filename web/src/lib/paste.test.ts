import { describe, expect, it } from 'vitest';
import { looksLikeMarkdown, markdownOf } from './markdown';
import { cleaned } from './paste';
import { fragmentOf, removed } from './purify';
import { read } from './richtext';

const html = (fragment: DocumentFragment): string => {
  const box = document.createElement('div');
  box.append(fragment);
  return box.innerHTML.replace(/\s*\n\s*/g, ' ').trim();
};

describe('what is pasted', () => {
  it.each([
    ['Word', '<p class="MsoNormal" style="margin:0"><span lang="EN" style="font-family:Calibri">Hello <o:p></o:p></span></p>', '<p>Hello </p>'],
    ['a bold span of Docs', '<b style="font-weight:normal" id="docs-internal-guid-1"><p dir="ltr"><span style="font-weight:700">Bold</span> and <span style="font-style:italic">not</span></p></b>', '<p><strong>Bold</strong> and <em>not</em></p>'],
    ['a first heading', '<h1 class="x">A</h1><h2>B</h2>', '<h2>A</h2><h2>B</h2>'],
    ['empty paragraphs', '<p>a</p><p>&nbsp;</p><p>b</p>', '<p>a</p><p>b</p>'],
    ['a link', '<a href="https://example.org/" target="_blank" class="x" onclick="alert(1)">a</a>', '<a href="https://example.org/">a</a>'],
    ['a picture of a disk', '<p>a<img src="file:///C:/x.png"></p>', '<p>a</p>'],
    ['a script', '<p>a<script>alert(1)</script></p>', '<p>a</p>'],
    [
      'a list of Word',
      '<p class="MsoListParagraphCxSpFirst" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·<span> </span></span>One</p><p class="MsoListParagraphCxSpMiddle" style="mso-list:l0 level2 lfo1"><span style="mso-list:Ignore">o</span>Inner</p><p class="MsoListParagraphCxSpLast" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">·</span>Two</p><p>After</p>',
      '<ul><li>One<ul><li>Inner</li></ul></li><li>Two</li></ul><p>After</p>',
    ],
    ['a numbered list of Word', '<p class="MsoListParagraph" style="mso-list:l1 level1 lfo2"><span style="mso-list:Ignore">1.</span>One</p>', '<ol><li>One</li></ol>'],
  ])('%s', (_what, source, result) => expect(html(cleaned(fragmentOf(source)))).toBe(result));

  it.each([
    ['# A heading', true],
    ['- one\n- two', true],
    ['see [this](https://example.org)', true],
    ['a **bold** word', true],
    ['| a | b |\n|---|---|\n| 1 | 2 |', true],
    ['- a remark with a dash', false],
    ['#hashtag and 3 * 4 * 5', false],
    ['Dear Ada,\n\nall is well.', false],
  ])('%j is Markdown: %s', (text, is) => expect(looksLikeMarkdown(text)).toBe(is));
  it('becomes HTML that runs nothing', () => {
    expect(html(markdownOf('## A\n\n*b* <img src=x onerror=alert(1)> [c](javascript:alert(1))'))).toBe('<h2>A</h2> <p><em>b</em> <img src="x"> <a>c</a></p>');
  });
  it('tells what it took away', () => {
    fragmentOf('<p onclick="a()">a</p><iframe src="https://example.org/"></iframe>');
    expect(removed()).toEqual(expect.arrayContaining(['onclick', '<iframe>']));
  });
});

describe('a text that is opened', () => {
  it.each([
    '<p>Hello <strong>you</strong> and <b>me</b></p>',
    '<h2>A</h2><ul><li><p>one</p></li></ul><ol start="3"><li>three</li></ol><blockquote><p>q</p></blockquote>',
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td colspan="1">b</td></tr></tbody></table>',
    '<p style="text-align: center">c <a href="/x" title="t">d</a> <img src="/assets/a.png" alt="e" width="20"></p>',
    '<pre><code class="language-js">x</code></pre><hr>',
    'bare text',
  ])('%s is known', (text) => expect(read(text).lost).toEqual([]));
  it.each([
    ['<p class="lead">a</p>', 'class'],
    ['<div>a</div>', '<div>'],
    ['<p>a</p><iframe src="https://example.org/"></iframe>', '<iframe>'],
    ['<p style="color: red">a</p>', 'style: color'],
    ['<figure><img src="/a.png"><figcaption>b</figcaption></figure>', '<figcaption>'],
    ['<p data-id="3">a</p>', 'data-id'],
  ])('%s would lose something', (text, what) => expect(read(text).lost).toContain(what));
});
