<pre>
bool track_pin(struct page *page)
{
	return page-&gt;dirty;
}
</pre>
